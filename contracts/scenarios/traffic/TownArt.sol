// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {WETH9} from "../props/WETH9.sol";

/// Pictures, to be had for a price by whoever comes first.
contract TownArt is ERC721, Ownable {
    uint256 public minted;
    uint256 public immutable price;

    constructor(uint256 price_) ERC721("Pictures of the town", "PIC") Ownable(msg.sender) {
        price = price_;
    }

    function mint(uint256 count) external payable {
        require(msg.value == price * count && count <= 10, "wrong price");
        for (uint256 i = 0; i < count; i++) _safeMint(msg.sender, ++minted);
    }

    function withdraw(address payable to) external onlyOwner {
        (bool ok,) = to.call{value: address(this).balance}("");
        require(ok, "not paid");
    }
}

/// A market for pictures: sellers list, buyers pay; buyers offer wrapped coins, sellers accept; auctions that refund.
contract TownBazaar is Ownable {
    WETH9 public constant WETH = WETH9(payable(0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2));

    struct Listing {
        address seller;
        uint256 price;
    }

    struct Auction {
        address seller;
        address bidder;
        uint256 bid;
        uint256 ends;
    }

    mapping(IERC721 => mapping(uint256 => Listing)) public listings;
    mapping(IERC721 => mapping(address => uint256)) public offers;
    mapping(IERC721 => mapping(uint256 => Auction)) public auctions;
    uint256 public fees;

    event Listed(IERC721 indexed art, uint256 indexed id, address seller, uint256 price);
    event Sold(IERC721 indexed art, uint256 indexed id, address seller, address buyer, uint256 price);
    event Offered(IERC721 indexed art, address indexed buyer, uint256 price);
    event Bid(IERC721 indexed art, uint256 indexed id, address bidder, uint256 bid);

    constructor() Ownable(msg.sender) {}

    function list(IERC721 art, uint256 id, uint256 price) external {
        require(art.ownerOf(id) == msg.sender, "not yours");
        listings[art][id] = Listing(msg.sender, price);
        emit Listed(art, id, msg.sender, price);
    }

    function buy(IERC721 art, uint256 id) external payable {
        Listing memory what = listings[art][id];
        require(what.price > 0 && msg.value == what.price, "not for this");
        delete listings[art][id];
        art.safeTransferFrom(what.seller, msg.sender, id);
        pay(what.seller, what.price);
        emit Sold(art, id, what.seller, msg.sender, what.price);
    }

    function offer(IERC721 art, uint256 price) external {
        offers[art][msg.sender] = price;
        emit Offered(art, msg.sender, price);
    }

    function accept(IERC721 art, uint256 id, address buyer, uint256 price) external {
        require(offers[art][buyer] == price && price > 0, "no such offer");
        delete offers[art][buyer];
        WETH.transferFrom(buyer, msg.sender, price);
        art.safeTransferFrom(msg.sender, buyer, id);
        emit Sold(art, id, msg.sender, buyer, price);
    }

    function auction(IERC721 art, uint256 id, uint256 least, uint256 seconds_) external {
        art.transferFrom(msg.sender, address(this), id);
        auctions[art][id] = Auction(msg.sender, address(0), least, block.timestamp + seconds_);
    }

    function bid(IERC721 art, uint256 id) external payable {
        Auction storage a = auctions[art][id];
        require(block.timestamp < a.ends && msg.value > a.bid, "too late or too little");
        (address before, uint256 refund) = (a.bidder, a.bid);
        (a.bidder, a.bid) = (msg.sender, msg.value);
        if (before != address(0)) {
            (bool ok,) = before.call{value: refund}("");
            require(ok, "not refunded");
        }
        emit Bid(art, id, msg.sender, msg.value);
    }

    function settle(IERC721 art, uint256 id) external {
        Auction memory a = auctions[art][id];
        require(a.seller != address(0) && block.timestamp >= a.ends, "not over");
        delete auctions[art][id];
        if (a.bidder == address(0)) {
            art.safeTransferFrom(address(this), a.seller, id);
            return;
        }
        art.safeTransferFrom(address(this), a.bidder, id);
        pay(a.seller, a.bid);
        emit Sold(art, id, a.seller, a.bidder, a.bid);
    }

    function withdrawFees(address payable to) external onlyOwner {
        uint256 all = fees;
        fees = 0;
        (bool ok,) = to.call{value: all}("");
        require(ok, "not paid");
    }

    function pay(address seller, uint256 price) private {
        uint256 fee = price / 40;
        fees += fee;
        (bool ok,) = seller.call{value: price - fee}("");
        require(ok, "not paid");
    }
}
