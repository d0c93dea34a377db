// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// Everybody who entered has a place in a list, and what comes in is booked for all of them, one after the other.
contract StakerList {
    struct Entry {
        address who;
        uint96 stake;
    }

    Entry[] public entries;
    uint256 public total;
    mapping(address => uint256) public due;

    event Distributed(uint256 amount, uint256 entries);

    function enter(address who) external payable {
        entries.push(Entry(who, uint96(msg.value)));
        total += msg.value;
    }

    function distribute() external payable {
        for (uint256 i = 0; i < entries.length; i++) {
            due[entries[i].who] += msg.value * entries[i].stake / total;
        }
        emit Distributed(msg.value, entries.length);
    }

    function collect() external {
        uint256 amount = due[msg.sender];
        due[msg.sender] = 0;
        (bool ok,) = msg.sender.call{value: amount}("");
        require(ok, "not paid");
    }

    function count() external view returns (uint256) {
        return entries.length;
    }
}

/// Enters as a crowd that nobody ever meets.
contract ListFlooder {
    uint160 private last;

    function flood(StakerList list, uint256 times) external payable {
        uint160 who = last;
        if (who == 0) who = uint160(uint256(keccak256(abi.encode(block.timestamp, address(this)))));
        for (uint256 i = 0; i < times; i++) list.enter{value: msg.value / times}(address(++who));
        last = who;
    }
}

/// Enters for its customers, each with what they gave.
contract ListAgent {
    address private immutable owner = msg.sender;

    function enterFor(StakerList list, address[] calldata customers) external payable {
        require(msg.sender == owner, "not the owner");
        uint256 each = msg.value / customers.length;
        for (uint256 i = 0; i < customers.length; i++) list.enter{value: each}(customers[i]);
    }
}
