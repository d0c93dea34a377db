// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {FlashLender, IBorrower, Pool} from "../props/Markets.sol";
import {Shop} from "../props/Shop.sol";
import {Token} from "../props/Tokens.sol";

contract Apes is ERC721 {
    address private immutable artist = msg.sender;

    constructor() ERC721("Bored Apes", "APES") {}

    function mint(address to, uint256 from, uint256 count) external {
        require(msg.sender == artist, "not the artist");
        for (uint256 id = from; id < from + count; id++) _mint(to, id);
    }
}

/// A token for each ape that lies in here; whoever brings a token takes an ape.
contract ApeVault is Token {
    Apes public immutable apes;

    event Minted(uint256[] ids, address to);
    event Redeemed(uint256[] ids, address to);

    constructor(Apes apes_) Token("vAPE", 18) {
        apes = apes_;
    }

    function mintFor(uint256[] calldata ids) external {
        for (uint256 i = 0; i < ids.length; i++) apes.transferFrom(msg.sender, address(this), ids[i]);
        _mint(msg.sender, ids.length * 1e18);
        emit Minted(ids, msg.sender);
    }

    function redeem(uint256[] calldata ids) external {
        _burn(msg.sender, ids.length * 1e18);
        for (uint256 i = 0; i < ids.length; i++) apes.transferFrom(address(this), msg.sender, ids[i]);
        emit Redeemed(ids, msg.sender);
    }
}

/// An airdrop to whoever holds an ape at the moment when it is asked for.
contract ApeClaim {
    Apes public immutable apes;
    Token public immutable coin;
    uint256 public immutable each;
    mapping(uint256 => bool) public claimed;

    event AirDrop(address indexed account, uint256 indexed amount, uint256 id);

    constructor(Apes apes_, Token coin_, uint256 each_) {
        (apes, coin, each) = (apes_, coin_, each_);
    }

    function claimTokens(uint256[] calldata ids) external {
        for (uint256 i = 0; i < ids.length; i++) {
            require(apes.ownerOf(ids[i]) == msg.sender, "not yours");
            require(!claimed[ids[i]], "claimed");
            claimed[ids[i]] = true;
            emit AirDrop(msg.sender, each, ids[i]);
        }
        coin.transfer(msg.sender, each * ids.length);
    }
}

/// Owns other people's apes for as long as a claim takes.
contract ApeBorrower {
    struct Job {
        ApeVault vault;
        ApeClaim claim;
        uint256[] ids;
    }

    function run(FlashLender lender, Pool pool, Job calldata job, address payee) external payable {
        // For the lender's fee.
        Shop.buy(pool, msg.value);
        lender.flashLoan(IBorrower(address(this)), job.vault, job.ids.length * 1e18, abi.encode(job));
        Token coin = job.claim.coin();
        coin.transfer(payee, coin.balanceOf(address(this)));
    }

    function onFlashLoan(address, Token token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        Job memory job = abi.decode(data, (Job));
        job.vault.redeem(job.ids);
        job.claim.claimTokens(job.ids);
        job.vault.apes().setApprovalForAll(address(job.vault), true);
        job.vault.mintFor(job.ids);
        token.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}

/// Buys apes for good at the market, takes what comes with them, and keeps them.
contract ApeCollector {
    address private immutable owner = msg.sender;

    function run(Pool pool, ApeVault vault, ApeClaim claim, uint256[] calldata ids) external payable {
        require(msg.sender == owner, "not the owner");
        Shop.buy(pool, msg.value);
        vault.redeem(ids);
        claim.claimTokens(ids);
        claim.coin().transfer(owner, claim.coin().balanceOf(address(this)));
    }
}
