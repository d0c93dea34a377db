// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Token} from "../props/Tokens.sol";

contract LabApes is ERC721("Lab Apes", "APE") {
    address public immutable maker = msg.sender;
    uint256 public next = 1;

    function mint(address to, uint256 count) external {
        require(msg.sender == maker, "not the maker");
        for (uint256 i = 0; i < count; i++) _mint(to, next++);
    }
}

/// Bids for any of a collection, in wrapped coins, and sales at a price that was asked.
contract ApeMarket {
    struct Ask {
        address owner;
        uint256 price;
    }

    struct Bid {
        address bidder;
        uint256 price;
        uint256 left;
    }

    LabApes public immutable apes;
    Token public immutable weth;
    mapping(uint256 => Ask) public asks;
    Bid[] public bids;

    event OrderFulfilled(uint256 indexed id, address indexed seller, address indexed buyer, uint256 price);
    event BidMade(uint256 indexed bid, address indexed bidder, uint256 price, uint256 count);

    constructor(LabApes apes_, Token weth_) {
        (apes, weth) = (apes_, weth_);
    }

    function ask(uint256 id, uint256 price) external {
        require(apes.ownerOf(id) == msg.sender, "not yours");
        asks[id] = Ask(msg.sender, price);
    }

    function bid(uint256 price, uint256 count) external {
        emit BidMade(bids.length, msg.sender, price, count);
        bids.push(Bid(msg.sender, price, count));
    }

    /// Buys many, of many owners, at what they ask.
    function sweep(uint256[] calldata ids, address to) external {
        for (uint256 i = 0; i < ids.length; i++) {
            Ask memory one = asks[ids[i]];
            delete asks[ids[i]];
            weth.transferFrom(msg.sender, one.owner, one.price);
            apes.transferFrom(one.owner, to, ids[i]);
            emit OrderFulfilled(ids[i], one.owner, msg.sender, one.price);
        }
    }

    /// Sells into a bid.
    function accept(uint256 which, uint256 id) external {
        Bid storage one = bids[which];
        one.left--;
        weth.transferFrom(one.bidder, msg.sender, one.price);
        apes.transferFrom(msg.sender, one.bidder, id);
        emit OrderFulfilled(id, msg.sender, one.bidder, one.price);
    }
}

/// Takes what operators may take, and sells it at once where there is a bid.
contract ApeThief {
    function take(LabApes apes, address[] calldata owners, uint256[] calldata ids, address to) external {
        for (uint256 i = 0; i < ids.length; i++) apes.transferFrom(owners[i], to, ids[i]);
    }
}

/// Moves all of one's collectibles to another account of one's own.
contract ApeMover {
    event BatchTransfer(address indexed from, address indexed to, uint256 count);

    function moveAll(LabApes apes, uint256[] calldata ids, address to) external {
        for (uint256 i = 0; i < ids.length; i++) apes.transferFrom(msg.sender, to, ids[i]);
        emit BatchTransfer(msg.sender, to, ids.length);
    }
}
