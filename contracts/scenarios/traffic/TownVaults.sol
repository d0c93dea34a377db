// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {TownLending} from "./TownLending.sol";

/// Lends the vault's means, and brings back what came of it.
contract TownStrategy {
    using SafeERC20 for IERC20;

    IERC20 public immutable asset;
    address public immutable vault = msg.sender;
    TownLending public immutable market;

    constructor(IERC20 asset_, TownLending market_) {
        (asset, market) = (asset_, market_);
        asset_.forceApprove(address(market_), type(uint256).max);
    }

    function invest() external {
        market.supply(address(asset), asset.balanceOf(address(this)), address(this), 0);
    }

    function divest(uint256 amount) external {
        require(msg.sender == vault, "not the vault");
        market.withdraw(address(asset), amount, vault);
    }

    function worth() external view returns (uint256) {
        return market.balance(address(asset), address(this));
    }
}

/// Shares of a pot that a strategy works with (ERC-4626). Keepers harvest, the owner may announce a successor and, a while
/// later, carry everything over, shares and all.
contract TownVault is ERC4626, Ownable {
    using SafeERC20 for IERC20;

    TownStrategy public strategy;
    TownVault public successor;
    uint256 public movesAt;
    uint256 private invested;

    event Harvested(uint256 gain, uint256 fee);
    event StrategySet(address indexed strategy);
    event MigrationAnnounced(address indexed successor, uint256 movesAt);
    event Migrated(address indexed successor, uint256 assets, uint256 shares);

    constructor(IERC20 asset_) ERC4626(asset_) ERC20("Yield of the town", "yTOWN") Ownable(msg.sender) {}

    function setMarket(TownLending market) external onlyOwner {
        require(address(strategy) == address(0) || strategy.worth() == 0, "divest first");
        strategy = new TownStrategy(IERC20(asset()), market);
        emit StrategySet(address(strategy));
    }

    function totalAssets() public view override returns (uint256) {
        uint256 idle = IERC20(asset()).balanceOf(address(this));
        return address(strategy) == address(0) ? idle : idle + strategy.worth();
    }

    /// Puts nine tenths to work and counts what it has gained; a tenth of the gain is the owner's, in shares.
    function harvest() external {
        uint256 worth = strategy.worth();
        uint256 gain = worth > invested ? worth - invested : 0;
        uint256 fee = gain / 10;
        if (fee > 0) _mint(owner(), convertToShares(fee));
        uint256 idle = IERC20(asset()).balanceOf(address(this));
        uint256 keep = totalAssets() / 10;
        if (idle > keep) {
            IERC20(asset()).safeTransfer(address(strategy), idle - keep);
            strategy.invest();
        }
        invested = strategy.worth();
        emit Harvested(gain, fee);
    }

    function announce(TownVault successor_, uint256 movesAt_) external onlyOwner {
        (successor, movesAt) = (successor_, movesAt_);
        emit MigrationAnnounced(address(successor_), movesAt_);
    }

    /// Everything goes to the successor, which gives this vault shares; whoever had a share here redeems it there.
    function migrate() external onlyOwner {
        require(movesAt != 0 && block.timestamp >= movesAt, "not yet");
        uint256 worth = strategy.worth();
        if (worth > 0) strategy.divest(worth);
        invested = 0;
        uint256 all = IERC20(asset()).balanceOf(address(this));
        IERC20(asset()).forceApprove(address(successor), all);
        uint256 shares = successor.deposit(all, address(this));
        emit Migrated(address(successor), all, shares);
    }

    /// After a migration: shares here for shares there.
    function follow() external {
        uint256 mine = balanceOf(msg.sender);
        uint256 part = successor.balanceOf(address(this)) * mine / totalSupply();
        _burn(msg.sender, mine);
        require(successor.transfer(msg.sender, part), "not moved");
    }

    function _withdraw(address caller, address receiver, address owner_, uint256 assets, uint256 shares) internal override {
        uint256 idle = IERC20(asset()).balanceOf(address(this));
        if (idle < assets) {
            strategy.divest(assets - idle);
            invested = strategy.worth();
        }
        super._withdraw(caller, receiver, owner_, assets, shares);
    }

    function _decimalsOffset() internal pure override returns (uint8) {
        return 6;
    }
}

/// Rewards by the second for whoever stakes, in the manner of Synthetix.
contract TownStaking is Ownable {
    using SafeERC20 for IERC20;

    IERC20 public immutable stakingToken;
    IERC20 public immutable rewardsToken;
    uint256 public periodFinish;
    uint256 public rewardRate;
    uint256 public lastUpdateTime;
    uint256 public rewardPerTokenStored;
    uint256 public totalSupply;
    mapping(address => uint256) public userRewardPerTokenPaid;
    mapping(address => uint256) public rewards;
    mapping(address => uint256) public balanceOf;

    event RewardAdded(uint256 reward);
    event Staked(address indexed user, uint256 amount);
    event Withdrawn(address indexed user, uint256 amount);
    event RewardPaid(address indexed user, uint256 reward);

    constructor(IERC20 stakes, IERC20 pays) Ownable(msg.sender) {
        (stakingToken, rewardsToken) = (stakes, pays);
    }

    modifier update(address who) {
        rewardPerTokenStored = rewardPerToken();
        lastUpdateTime = last();
        if (who != address(0)) {
            rewards[who] = earned(who);
            userRewardPerTokenPaid[who] = rewardPerTokenStored;
        }
        _;
    }

    function last() public view returns (uint256) {
        return block.timestamp < periodFinish ? block.timestamp : periodFinish;
    }

    function rewardPerToken() public view returns (uint256) {
        if (totalSupply == 0) return rewardPerTokenStored;
        return rewardPerTokenStored + (last() - lastUpdateTime) * rewardRate * 1e18 / totalSupply;
    }

    function earned(address who) public view returns (uint256) {
        return balanceOf[who] * (rewardPerToken() - userRewardPerTokenPaid[who]) / 1e18 + rewards[who];
    }

    function stake(uint256 amount) external update(msg.sender) {
        totalSupply += amount;
        balanceOf[msg.sender] += amount;
        stakingToken.safeTransferFrom(msg.sender, address(this), amount);
        emit Staked(msg.sender, amount);
    }

    function withdraw(uint256 amount) public update(msg.sender) {
        totalSupply -= amount;
        balanceOf[msg.sender] -= amount;
        stakingToken.safeTransfer(msg.sender, amount);
        emit Withdrawn(msg.sender, amount);
    }

    function getReward() public update(msg.sender) {
        uint256 reward = rewards[msg.sender];
        if (reward == 0) return;
        rewards[msg.sender] = 0;
        rewardsToken.safeTransfer(msg.sender, reward);
        emit RewardPaid(msg.sender, reward);
    }

    function exit() external {
        withdraw(balanceOf[msg.sender]);
        getReward();
    }

    /// The owner adds a reward, which it has sent before, for the next hour.
    function notifyRewardAmount(uint256 reward) external onlyOwner update(address(0)) {
        uint256 left = block.timestamp >= periodFinish ? 0 : (periodFinish - block.timestamp) * rewardRate;
        rewardRate = (reward + left) / 1 hours;
        (lastUpdateTime, periodFinish) = (block.timestamp, block.timestamp + 1 hours);
        emit RewardAdded(reward);
    }
}
