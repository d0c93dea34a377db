// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// Ownership that can be locked for a while. Whoever locked it once can take it back later, even from nobody.
abstract contract LockableOwner {
    address private _owner;
    address private _previousOwner;
    uint256 private _lockTime;

    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

    constructor() {
        _owner = msg.sender;
        emit OwnershipTransferred(address(0), msg.sender);
    }

    modifier onlyOwner() {
        require(_owner == msg.sender, "Ownable: caller is not the owner");
        _;
    }

    function owner() public view returns (address) {
        return _owner;
    }

    function renounceOwnership() external onlyOwner {
        emit OwnershipTransferred(_owner, address(0));
        _owner = address(0);
    }

    function lock(uint256 time) external onlyOwner {
        _previousOwner = _owner;
        _owner = address(0);
        _lockTime = block.timestamp + time;
        emit OwnershipTransferred(_previousOwner, address(0));
    }

    function unlock() external {
        require(_previousOwner == msg.sender, "You don't have permission to unlock");
        require(block.timestamp > _lockTime, "Contract is locked");
        emit OwnershipTransferred(_owner, _previousOwner);
        _owner = _previousOwner;
    }
}

/// A farm of a token launched "with renounced ownership".
contract LockedFarm is LockableOwner {
    Token public immutable stakeToken;
    uint256 public staked;
    mapping(address => uint256) public stakeOf;
    mapping(address => uint256) public since;

    event Deposit(address indexed user, uint256 amount);
    event Withdraw(address indexed user, uint256 amount);

    constructor(Token token) {
        stakeToken = token;
    }

    function deposit(uint256 amount) external {
        stakeToken.transferFrom(msg.sender, address(this), amount);
        stakeOf[msg.sender] += amount;
        since[msg.sender] = block.timestamp;
        staked += amount;
        emit Deposit(msg.sender, amount);
    }

    function withdraw(uint256 amount) external {
        stakeOf[msg.sender] -= amount;
        staked -= amount;
        stakeToken.transfer(msg.sender, amount);
        emit Withdraw(msg.sender, amount);
    }

    /// What is left over of the rewards.
    function surplus() public view returns (uint256) {
        return stakeToken.balanceOf(address(this)) - staked;
    }

    /// What is missing of the stakes.
    function shortfall() external view returns (uint256) {
        uint256 here = stakeToken.balanceOf(address(this));
        return here < staked ? staked - here : 0;
    }

    function collectSurplus() external onlyOwner {
        stakeToken.transfer(owner(), surplus());
    }

    function rescueTokens(Token token, uint256 amount) external onlyOwner {
        token.transfer(owner(), amount);
    }
}
