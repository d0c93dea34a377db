// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pool} from "../props/Markets.sol";
import {Shop} from "../props/Shop.sol";
import {Token} from "../props/Tokens.sol";

/// A price feed that nodes write into, with the interface that everybody reads. Eight places.
contract Aggregator {
    address public immutable transmitter = msg.sender;
    int256 public immutable minAnswer;
    bool public paused;
    uint80 private round;
    int256 private answer;
    uint256 private updatedAt;

    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    constructor(int256 minAnswer_) {
        minAnswer = minAnswer_;
    }

    function transmit(int256 value) external {
        require(msg.sender == transmitter, "unauthorized transmitter");
        require(!paused, "paused");
        answer = value < minAnswer ? minAnswer : value;
        (round, updatedAt) = (round + 1, block.timestamp);
        emit AnswerUpdated(answer, round, block.timestamp);
    }

    function pause() external {
        require(msg.sender == transmitter, "unauthorized");
        paused = true;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (round, answer, updatedAt, updatedAt, round);
    }

    function latestTimestamp() external view returns (uint256) {
        return updatedAt;
    }
}

/// Lends coins and dollars against a token whose price it takes from the feed, however old that is. It is used through
/// a proxy.
contract FeedMarket {
    Token public luna;
    Token public dollar; // six places
    Aggregator public feed;
    mapping(address => uint256) public collateral;
    mapping(address => uint256) public debt;
    address[] private borrowers;

    event Mint(address minter, uint256 mintAmount);
    event Borrow(address borrower, uint256 borrowAmount, uint256 accountBorrows);
    event RepayBorrow(address payer, address borrower, uint256 repayAmount, uint256 accountBorrows);
    event LiquidateBorrow(address liquidator, address borrower, uint256 repayAmount, uint256 seized);

    function initialize(Token luna_, Token dollar_, Aggregator feed_) external {
        require(address(luna) == address(0), "initialized");
        (luna, dollar, feed) = (luna_, dollar_, feed_);
    }

    function mint(uint256 amount) external {
        luna.transferFrom(msg.sender, address(this), amount);
        collateral[msg.sender] += amount;
        emit Mint(msg.sender, amount);
    }

    function borrow(uint256 amount) external {
        if (debt[msg.sender] == 0) borrowers.push(msg.sender);
        debt[msg.sender] += amount;
        require(debt[msg.sender] <= worth(collateral[msg.sender]) * 55 / 100, "insufficient liquidity");
        dollar.transfer(msg.sender, amount);
        emit Borrow(msg.sender, amount, debt[msg.sender]);
    }

    function repayBorrow(uint256 amount) external {
        dollar.transferFrom(msg.sender, address(this), amount);
        debt[msg.sender] -= amount;
        emit RepayBorrow(msg.sender, msg.sender, amount, debt[msg.sender]);
    }

    function liquidateBorrow(address borrower, uint256 amount) external {
        require(debt[borrower] > worth(collateral[borrower]) * 55 / 100, "healthy");
        dollar.transferFrom(msg.sender, address(this), amount);
        debt[borrower] -= amount;
        (, int256 price,,,) = feed.latestRoundData();
        uint256 seized = amount * 1e20 / uint256(price) * 108 / 100;
        if (seized > collateral[borrower]) seized = collateral[borrower];
        collateral[borrower] -= seized;
        luna.transfer(msg.sender, seized);
        emit LiquidateBorrow(msg.sender, borrower, amount, seized);
    }

    function worth(uint256 amount) public view returns (uint256) {
        (, int256 price,,,) = feed.latestRoundData();
        return amount * uint256(price) / 1e20;
    }
}

/// Buys where it is traded, pledges, and borrows on it, all in one.
contract BuyAndPledge {
    function run(Pool pool, FeedMarket market, uint256 loan, address payee) external payable {
        uint256 got = Shop.buy(pool, msg.value);
        market.luna().approve(address(market), got);
        market.mint(got);
        market.borrow(loan);
        market.dollar().transfer(payee, loan);
    }
}
