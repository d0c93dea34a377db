// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// Lends bitcoin of eight places against dollars of six. It divides before it multiplies.
contract WholeUnits {
    Token public immutable bitcoin;
    Token public immutable dollar;
    uint256 public constant PRICE = 60_000e6; // of a whole bitcoin
    mapping(address => uint256) public collateral;
    mapping(address => uint256) public debt; // in satoshi
    mapping(address => uint256) public owed; // in dollars
    uint256 public totalDebt;
    uint256 public totalOwed;

    constructor(Token bitcoin_, Token dollar_) {
        (bitcoin, dollar) = (bitcoin_, dollar_);
    }

    function pledge(uint256 amount) external {
        dollar.transferFrom(msg.sender, address(this), amount);
        collateral[msg.sender] += amount;
    }

    function borrow(uint256 amount) external {
        uint256 worth = amount / 1e8 * PRICE;
        owed[msg.sender] += worth;
        totalOwed += worth;
        require(owed[msg.sender] * 100 <= collateral[msg.sender] * 80, "not enough collateral");
        debt[msg.sender] += amount;
        totalDebt += amount;
        bitcoin.transfer(msg.sender, amount);
    }

    function repay(uint256 amount) external {
        bitcoin.transferFrom(msg.sender, address(this), amount);
        uint256 worth = amount / 1e8 * PRICE;
        owed[msg.sender] -= worth;
        totalOwed -= worth;
        debt[msg.sender] -= amount;
        totalDebt -= amount;
    }

    function release(uint256 amount) external {
        collateral[msg.sender] -= amount;
        require(owed[msg.sender] * 100 <= collateral[msg.sender] * 80, "not enough collateral");
        dollar.transfer(msg.sender, amount);
    }

    /// By how much the debts, counted finely, exceed the debts as they are in the books, in dollars.
    function unbooked() external view returns (uint256) {
        uint256 fine = totalDebt * (PRICE / 1e8);
        return fine > totalOwed ? fine - totalOwed : 0;
    }
}

/// Borrows a little less than a whole one, which counts as nothing, again and again.
contract WholeThief {
    function run(WholeUnits market, uint256 times, address payee) external {
        for (uint256 i = 0; i < times; i++) market.borrow(1e8 - 1);
        market.bitcoin().transfer(payee, market.bitcoin().balanceOf(address(this)));
    }
}

/// Borrows for its clients, one after the other, a whole bitcoin for each.
contract WholeBroker {
    address private immutable owner = msg.sender;

    function lendOut(WholeUnits market, uint256 collateral, address[] calldata clients) external {
        require(msg.sender == owner, "not the owner");
        Token dollar = market.dollar();
        dollar.transferFrom(owner, address(this), collateral);
        dollar.approve(address(market), collateral);
        market.pledge(collateral);
        for (uint256 i = 0; i < clients.length; i++) {
            market.borrow(1e8);
            market.bitcoin().transfer(clients[i], 1e8);
        }
    }
}
