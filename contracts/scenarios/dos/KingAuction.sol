// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// Whoever bids more gets the one before paid back, at once.
contract KingAuction {
    address payable public immutable seller;
    uint256 public immutable endsAt;
    address payable public bidder;
    uint256 public highest;
    bool public ended;

    event HighestBid(address indexed bidder, uint256 amount);
    event Ended(address indexed winner, uint256 amount);

    constructor(uint256 lasts) {
        (seller, endsAt) = (payable(msg.sender), block.timestamp + lasts);
    }

    function bid() external payable {
        require(block.timestamp < endsAt, "over");
        require(msg.value > highest, "too low");
        if (bidder != address(0)) {
            (bool ok,) = bidder.call{value: highest}("");
            require(ok, "refund failed");
        }
        (bidder, highest) = (payable(msg.sender), msg.value);
        emit HighestBid(msg.sender, msg.value);
    }

    function end() external {
        require(block.timestamp >= endsAt && !ended, "not over");
        ended = true;
        (bool ok,) = seller.call{value: highest}("");
        require(ok, "not paid");
        emit Ended(bidder, highest);
    }
}

/// Bids, and cannot be paid back.
contract KingThief {
    function reign(KingAuction auction) external payable {
        auction.bid{value: msg.value}();
    }
}

/// Bids for several people together; a refund goes back to them.
contract BidderClub {
    address[] public members;
    mapping(address => uint256) public shares;
    uint256 public paidIn;
    address private immutable head = msg.sender;

    event Refunded(address indexed member, uint256 amount);

    function join() external payable {
        if (shares[msg.sender] == 0) members.push(msg.sender);
        shares[msg.sender] += msg.value;
        paidIn += msg.value;
    }

    function bid(KingAuction auction, uint256 amount) external {
        require(msg.sender == head, "not the head");
        auction.bid{value: amount}();
    }

    receive() external payable {
        for (uint256 i = 0; i < members.length; i++) {
            uint256 part = msg.value * shares[members[i]] / paidIn;
            (bool ok,) = members[i].call{value: part}("");
            require(ok, "member not paid");
            emit Refunded(members[i], part);
        }
    }
}
