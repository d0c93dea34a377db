// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Token} from "../props/Tokens.sol";

interface IOldStaking {
    function migrateWithdraw(address staker, uint256 amount) external;
}

/// Stakes of pool shares. Stakers can move here from the staking before this one, which sends their tokens over; but
/// which contract is the one before, the caller says.
contract LpStaking is Ownable, ReentrancyGuard {
    Token public immutable stakingToken;
    uint256 public totalSupply;
    address public migrator;
    mapping(address => uint256) private _balances;

    event Staked(address indexed user, uint256 amount);
    event Withdrawn(address indexed user, uint256 amount);
    event MigratorSet(address migrator);

    constructor(Token token) Ownable(msg.sender) {
        stakingToken = token;
    }

    function balanceOf(address account) external view returns (uint256) {
        return _balances[account];
    }

    function setMigrator(address to) external onlyOwner {
        migrator = to;
        emit MigratorSet(to);
    }

    function stake(uint256 amount) external nonReentrant {
        stakingToken.transferFrom(msg.sender, address(this), amount);
        _applyStake(msg.sender, amount);
    }

    function withdraw(uint256 amount) public nonReentrant {
        _withdrawFor(msg.sender, msg.sender, amount);
    }

    function withdrawAll() external {
        withdraw(_balances[msg.sender]);
    }

    /// The successor takes a staker's tokens over.
    function migrateWithdraw(address staker, uint256 amount) external {
        require(msg.sender == migrator, "not the migrator");
        _withdrawFor(staker, msg.sender, amount);
    }

    function migrateStake(address oldStaking, uint256 amount) external {
        IOldStaking(oldStaking).migrateWithdraw(msg.sender, amount);
        _applyStake(msg.sender, amount);
    }

    function _applyStake(address staker, uint256 amount) private {
        totalSupply += amount;
        _balances[staker] += amount;
        emit Staked(staker, amount);
    }

    function _withdrawFor(address staker, address to, uint256 amount) private {
        require(amount > 0 && _balances[staker] >= amount, "not enough staked");
        totalSupply -= amount;
        _balances[staker] -= amount;
        stakingToken.transfer(to, amount);
        emit Withdrawn(staker, amount);
    }
}

/// Says that it is the staking before.
contract LpStakingThief {
    function rob(LpStaking staking, uint256 amount, address payee) external {
        staking.migrateStake(address(this), amount);
        staking.withdrawAll();
        Token token = staking.stakingToken();
        token.transfer(payee, token.balanceOf(address(this)));
    }

    function migrateWithdraw(address, uint256) external {}
}

/// A fund's vault that stakes, moves to the successor and leaves, all by its manager's word.
contract LpFund {
    address private immutable manager = msg.sender;

    modifier managed() {
        require(msg.sender == manager, "not the manager");
        _;
    }

    function stake(LpStaking staking, uint256 amount) external managed {
        staking.stakingToken().approve(address(staking), amount);
        staking.stake(amount);
    }

    function moveAndLeave(LpStaking from, LpStaking to) external managed {
        to.migrateStake(address(from), from.balanceOf(address(this)));
        to.withdrawAll();
        Token token = to.stakingToken();
        token.transfer(manager, token.balanceOf(address(this)));
    }
}
