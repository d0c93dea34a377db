// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// Pays a crop by the second for what lies in it. A collection of several positions adds up what is due for each before it
/// notes of any that it was paid.
contract Granary {
    struct Sack {
        address keeper;
        uint128 weight;
        uint64 paidTo;
    }

    Token public immutable grain;
    Token public immutable bread;
    uint256 public immutable rate;
    uint256 public start;
    uint256 public weights;
    uint256 public handedOut;
    Sack[] public sacks;

    constructor(Token grain_, Token bread_, uint256 rate_) {
        (grain, bread, rate, start) = (grain_, bread_, rate_, block.timestamp);
    }

    function store(uint256[] calldata loads) external {
        for (uint256 i = 0; i < loads.length; i++) {
            grain.transferFrom(msg.sender, address(this), loads[i]);
            sacks.push(Sack(msg.sender, uint128(loads[i]), uint64(block.timestamp)));
            weights += loads[i];
        }
    }

    function due(uint256 id) public view returns (uint256) {
        Sack memory sack = sacks[id];
        return uint256(sack.weight) * rate * (block.timestamp - sack.paidTo) / 1e18;
    }

    function collect(uint256[] calldata ids, address to) external {
        uint256 sum;
        for (uint256 i = 0; i < ids.length; i++) {
            require(sacks[ids[i]].keeper == msg.sender, "not yours");
            sum += due(ids[i]);
        }
        for (uint256 i = 0; i < ids.length; i++) sacks[ids[i]].paidTo = uint64(block.timestamp);
        handedOut += sum;
        bread.transfer(to, sum);
    }

    /// More was handed out than all that lies here can have earned.
    function overdrawn() external view returns (uint256) {
        uint256 most = weights * rate * (block.timestamp - start) / 1e18;
        return handedOut > most ? handedOut - most : 0;
    }
}
