// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {ERC1155Holder} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Holder.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Token} from "../props/Tokens.sol";

contract Smol is ERC721("Smol", "SMOL") {
    address private immutable artist = msg.sender;
    uint256 public next = 1;

    function mint(address to, uint256 count) external {
        require(msg.sender == artist, "not the artist");
        for (uint256 i = 0; i < count; i++) _mint(to, next++);
    }
}

contract Relics is ERC1155("") {
    address private immutable artist = msg.sender;

    function mint(address to, uint256 id, uint256 count) external {
        require(msg.sender == artist, "not the artist");
        _mint(to, id, count, "");
    }
}

/// Sells pieces and bundles from their owners' hands. The price is for one, and nobody asks how many zero are.
contract TroveMarket {
    struct Listing {
        uint256 quantity;
        uint256 pricePerItem;
    }

    Token public immutable paid;
    mapping(address => mapping(uint256 => mapping(address => Listing))) public listings;

    event ItemListed(address seller, address nftAddress, uint256 tokenId, uint256 quantity, uint256 pricePerItem);
    event ItemSold(address seller, address buyer, address nftAddress, uint256 tokenId, uint256 quantity, uint256 pricePerItem);

    constructor(Token paid_) {
        paid = paid_;
    }

    function createListing(address nft, uint256 tokenId, uint256 quantity, uint256 pricePerItem) external {
        listings[nft][tokenId][msg.sender] = Listing(quantity, pricePerItem);
        emit ItemListed(msg.sender, nft, tokenId, quantity, pricePerItem);
    }

    function buyItem(address nft, uint256 tokenId, address owner, uint256 quantity) external {
        Listing storage listing = listings[nft][tokenId][owner];
        uint256 price = listing.pricePerItem;
        require(price > 0, "not listed item");
        require(listing.quantity >= quantity, "not enough quantity");
        paid.transferFrom(msg.sender, owner, price * quantity);
        listing.quantity -= quantity;
        if (IERC165(nft).supportsInterface(0x80ac58cd)) {
            ERC721(nft).safeTransferFrom(owner, msg.sender, tokenId);
        } else {
            ERC1155(nft).safeTransferFrom(owner, msg.sender, tokenId, quantity, "");
        }
        if (listing.quantity == 0) delete listings[nft][tokenId][owner];
        emit ItemSold(owner, msg.sender, nft, tokenId, quantity, price);
    }
}

struct TroveItem {
    uint256 id;
    address owner;
}

/// Buys none of each, and has it.
contract TroveThief is ERC721Holder {
    function run(TroveMarket market, ERC721 nft, TroveItem[] calldata items, address payee) external {
        for (uint256 i = 0; i < items.length; i++) {
            market.buyItem(address(nft), items[i].id, items[i].owner, 0);
            nft.transferFrom(address(this), payee, items[i].id);
        }
    }
}

/// Sweeps a floor for a collector, and hands over what it bought.
contract TroveSweeper is ERC721Holder, ERC1155Holder {
    address private immutable owner = msg.sender;

    function sweep(TroveMarket market, ERC721 nft, TroveItem[] calldata items) external {
        require(msg.sender == owner, "not the owner");
        market.paid().approve(address(market), type(uint256).max);
        for (uint256 i = 0; i < items.length; i++) {
            market.buyItem(address(nft), items[i].id, items[i].owner, 1);
            nft.transferFrom(address(this), owner, items[i].id);
        }
    }

    function sweepRelics(TroveMarket market, ERC1155 relics, uint256 id, address seller, uint256 quantity) external {
        require(msg.sender == owner, "not the owner");
        market.paid().approve(address(market), type(uint256).max);
        market.buyItem(address(relics), id, seller, quantity);
        relics.safeTransferFrom(address(this), owner, id, quantity, "");
    }
}
