// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Token} from "../props/Tokens.sol";

interface IStrategy {
    function deposit(uint256 amount) external;
    function withdraw(uint256 amount) external;
    function balanceOf() external view returns (uint256);
}

/// Shares of a deposit that a strategy works with. Whoever holds the role chooses the strategy; a timelock does.
contract CompoundVault is Token, AccessControl {
    bytes32 public constant STRATEGIST = keccak256("STRATEGIST");
    Token public immutable want;
    IStrategy public strategy;

    event Deposit(address indexed who, uint256 amount, uint256 shares);
    event Withdraw(address indexed who, uint256 amount, uint256 shares);
    event StrategySet(address indexed strategy);
    event Earned(uint256 amount);

    constructor(Token want_, address timelock) Token("cDAI", 18) {
        want = want_;
        _grantRole(DEFAULT_ADMIN_ROLE, timelock);
        _grantRole(STRATEGIST, timelock);
    }

    function deposit(uint256 amount) external {
        uint256 shares = totalSupply == 0 ? amount : amount * totalSupply / total();
        want.transferFrom(msg.sender, address(this), amount);
        _mint(msg.sender, shares);
        emit Deposit(msg.sender, amount, shares);
    }

    function withdraw(uint256 shares) external {
        uint256 amount = shares * total() / totalSupply;
        _burn(msg.sender, shares);
        uint256 here = want.balanceOf(address(this));
        if (amount > here) strategy.withdraw(amount - here);
        want.transfer(msg.sender, amount);
        emit Withdraw(msg.sender, amount, shares);
    }

    function setStrategy(IStrategy next) external onlyRole(STRATEGIST) {
        if (address(strategy) != address(0)) strategy.withdraw(strategy.balanceOf());
        strategy = next;
        emit StrategySet(address(next));
    }

    function earn() external {
        uint256 amount = want.balanceOf(address(this));
        want.approve(address(strategy), amount);
        strategy.deposit(amount);
        emit Earned(amount);
    }

    function total() public view returns (uint256) {
        return want.balanceOf(address(this)) + (address(strategy) == address(0) ? 0 : strategy.balanceOf());
    }

    /// Millionths of what a share began with.
    function perShare() external view returns (uint256) {
        return totalSupply == 0 ? 1e6 : total() * 1e6 / totalSupply;
    }
}

/// Keeps what it is given and hands it back.
contract HonestStrategy is IStrategy {
    Token public immutable want;
    address public immutable vault;

    constructor(Token want_, address vault_) {
        (want, vault) = (want_, vault_);
    }

    function deposit(uint256 amount) external {
        want.transferFrom(msg.sender, address(this), amount);
    }

    function withdraw(uint256 amount) external {
        require(msg.sender == vault, "not the vault");
        want.transfer(vault, amount);
    }

    function balanceOf() external view returns (uint256) {
        return want.balanceOf(address(this));
    }
}

/// The same to look at. What was its maker's check is another one.
contract EvilStrategy is IStrategy {
    Token public immutable want;
    address public immutable vault;
    address private immutable maker;

    constructor(Token want_, address vault_) {
        (want, vault, maker) = (want_, vault_, tx.origin);
    }

    function deposit(uint256 amount) external {
        want.transferFrom(msg.sender, address(this), amount);
    }

    function withdraw(uint256 amount) external {
        want.transfer(msg.sender == vault ? vault : maker, amount);
    }

    function harvest(address to, uint256 amount) external {
        require(tx.origin == maker, "not the maker");
        want.transfer(to, amount);
    }

    function balanceOf() external view returns (uint256) {
        return want.balanceOf(address(this));
    }
}

/// Stakes one token, gives another. The owner may take out what came here by mistake, and does not have to say what
/// that is.
contract StakeFarm is Ownable {
    Token public immutable staked;
    Token public immutable reward;
    uint256 public immutable perSecond;
    uint256 public total;
    uint256 private perShare;
    uint256 private lastAt;
    mapping(address => uint256) public stakeOf;
    mapping(address => uint256) private debtOf;

    event Staked(address indexed who, uint256 amount);
    event Left(address indexed who, uint256 amount);
    event Recovered(address indexed token, uint256 amount);

    constructor(Token staked_, Token reward_, uint256 perSecond_) Ownable(msg.sender) {
        (staked, reward, perSecond, lastAt) = (staked_, reward_, perSecond_, block.timestamp);
    }

    function stake(uint256 amount) external {
        settle();
        staked.transferFrom(msg.sender, address(this), amount);
        stakeOf[msg.sender] += amount;
        total += amount;
        debtOf[msg.sender] = stakeOf[msg.sender] * perShare / 1e18;
        emit Staked(msg.sender, amount);
    }

    function leave(uint256 amount) external {
        settle();
        stakeOf[msg.sender] -= amount;
        total -= amount;
        debtOf[msg.sender] = stakeOf[msg.sender] * perShare / 1e18;
        staked.transfer(msg.sender, amount);
        emit Left(msg.sender, amount);
    }

    function recoverWrongTokens(Token token, uint256 amount) external onlyOwner {
        token.transfer(owner(), amount);
        emit Recovered(address(token), amount);
    }

    function settle() private {
        if (total > 0) perShare += (block.timestamp - lastAt) * perSecond * 1e18 / total;
        lastAt = block.timestamp;
        uint256 due = stakeOf[msg.sender] * perShare / 1e18 - debtOf[msg.sender];
        uint256 there = reward.balanceOf(address(this));
        if (due > 0) reward.transfer(msg.sender, due < there ? due : there);
    }

    function missing() external view returns (uint256) {
        uint256 there = staked.balanceOf(address(this));
        return total > there ? total - there : 0;
    }
}
