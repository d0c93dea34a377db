// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// Which key speaks for a person. Whoever speaks now may sign over to another key, and anybody may bring the signature.
/// What is signed says of which person and to which key, and nothing about when.
contract KeyRegister {
    mapping(bytes32 => address) public key_of;
    mapping(bytes32 => uint256) public changes;
    address public immutable registrar = msg.sender;

    event KeyRotated(bytes32 indexed person, address previous, address next);

    function enroll(bytes32 person, address key) external {
        require(msg.sender == registrar && key_of[person] == address(0), "not now");
        key_of[person] = key;
    }

    function rotate_signed(bytes32 person, address next, uint8 v, bytes32 r, bytes32 s) external {
        bytes32 said = keccak256(abi.encodePacked(bytes2(0x1900), address(this), person, next));
        address previous = key_of[person];
        require(ecrecover(said, v, r, s) == previous && previous != address(0), "not the key");
        key_of[person] = next;
        changes[person]++;
        emit KeyRotated(person, previous, next);
    }
}

/// Puts something aside for every person, by the day. Who speaks for him draws it, to wherever he likes.
contract Stipends {
    KeyRegister public immutable keys;
    Token public immutable coin;
    uint256 public immutable by_the_day;
    mapping(bytes32 => uint256) public since;

    constructor(KeyRegister keys_, Token coin_, uint256 by_the_day_) {
        (keys, coin, by_the_day) = (keys_, coin_, by_the_day_);
    }

    function begin(bytes32 person) external {
        require(since[person] == 0, "began");
        since[person] = block.timestamp;
    }

    function owed(bytes32 person) public view returns (uint256) {
        return (block.timestamp - since[person]) * by_the_day / 1 days;
    }

    function draw(bytes32 person, address to) external {
        require(keys.key_of(person) == msg.sender, "not the key");
        uint256 amount = owed(person);
        since[person] = block.timestamp;
        coin.transfer(to, amount);
    }
}
