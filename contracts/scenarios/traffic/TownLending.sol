// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// A price in dollars with eight digits, which reporters write, in the manner of Chainlink.
contract TownFeed {
    uint8 public constant decimals = 8;
    int256 public latestAnswer;
    uint256 public updatedAt;
    uint80 public round;
    address public immutable reporter = msg.sender;

    event AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt);

    function transmit(int256 answer) external {
        require(msg.sender == reporter, "not a reporter");
        (latestAnswer, updatedAt) = (answer, block.timestamp);
        emit AnswerUpdated(answer, ++round, block.timestamp);
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return (round, latestAnswer, updatedAt, updatedAt, round);
    }
}

interface ITownFlashBorrower {
    function executeOperation(address asset, uint256 amount, uint256 premium, address initiator, bytes calldata params)
        external returns (bool);
}

/// Lends against collateral, in the manner of Aave's third version: one account of shares a reserve, interest by the
/// second, liquidations of up to half of a debt for a bonus, flash loans. Stands behind a proxy.
contract TownLending is Initializable {
    using SafeERC20 for IERC20;

    struct Reserve {
        TownFeed feed;
        uint256 unit;
        uint256 ltv_bp;
        uint256 threshold_bp;
        uint256 cash;
        uint256 supplyShares;
        uint256 debt;
        uint256 debtShares;
        uint256 touched;
    }

    address public owner;
    address public guardian;
    bool public paused;
    address[] public list;
    mapping(address => Reserve) public reserves;
    mapping(address => mapping(address => uint256)) public supplied;
    mapping(address => mapping(address => uint256)) public borrowed;
    uint256 public rate_bp;

    event Supply(address indexed reserve, address user, address indexed onBehalfOf, uint256 amount, uint16 indexed referralCode);
    event Withdraw(address indexed reserve, address indexed user, address indexed to, uint256 amount);
    event Borrow(
        address indexed reserve, address user, address indexed onBehalfOf, uint256 amount, uint8 interestRateMode,
        uint256 borrowRate, uint16 indexed referralCode
    );
    event Repay(address indexed reserve, address indexed user, address indexed repayer, uint256 amount, bool useATokens);
    event LiquidationCall(
        address indexed collateralAsset, address indexed debtAsset, address indexed user, uint256 debtToCover,
        uint256 liquidatedCollateralAmount, address liquidator, bool receiveAToken
    );
    event FlashLoan(
        address indexed target, address initiator, address indexed asset, uint256 amount, uint8 interestRateMode,
        uint256 premium, uint16 indexed referralCode
    );
    event CollateralConfigurationChanged(address indexed asset, uint256 ltv, uint256 liquidationThreshold, uint256 bonus);
    event Paused(address account);
    event Unpaused(address account);
    event OwnershipTransferred(address indexed previousOwner, address indexed newOwner);

    modifier onlyOwner() {
        require(msg.sender == owner, "not the owner");
        _;
    }

    function initialize(address owner_, address guardian_) external initializer {
        (owner, guardian, rate_bp) = (owner_, guardian_, 400);
        emit OwnershipTransferred(address(0), owner_);
    }

    function list_(address asset, TownFeed feed, uint256 unit, uint256 ltv_bp, uint256 threshold_bp) external onlyOwner {
        if (address(reserves[asset].feed) == address(0)) list.push(asset);
        Reserve storage r = reserves[asset];
        (r.feed, r.unit, r.ltv_bp, r.threshold_bp, r.touched) = (feed, unit, ltv_bp, threshold_bp, block.timestamp);
        emit CollateralConfigurationChanged(asset, ltv_bp, threshold_bp, 10_500);
    }

    function setRate(uint256 rate_bp_) external onlyOwner {
        rate_bp = rate_bp_;
    }

    function transferOwnership(address next) external onlyOwner {
        emit OwnershipTransferred(owner, next);
        owner = next;
    }

    function pause() external {
        require(msg.sender == guardian, "not the guardian");
        paused = true;
        emit Paused(msg.sender);
    }

    function unpause() external {
        require(msg.sender == guardian, "not the guardian");
        paused = false;
        emit Unpaused(msg.sender);
    }

    function supply(address asset, uint256 amount, address onBehalfOf, uint16 code) external {
        Reserve storage r = accrue(asset);
        uint256 all = r.cash + r.debt;
        uint256 shares = r.supplyShares == 0 || all == 0 ? amount : amount * r.supplyShares / all;
        require(shares > 0 && !paused, "nothing");
        r.supplyShares += shares;
        r.cash += amount;
        supplied[asset][onBehalfOf] += shares;
        IERC20(asset).safeTransferFrom(msg.sender, address(this), amount);
        emit Supply(asset, msg.sender, onBehalfOf, amount, code);
    }

    function withdraw(address asset, uint256 amount, address to) external returns (uint256) {
        Reserve storage r = accrue(asset);
        if (amount == type(uint256).max) amount = balance(asset, msg.sender);
        uint256 all = r.cash + r.debt;
        uint256 shares = (amount * r.supplyShares + all - 1) / all;
        require(r.cash >= amount && !paused, "no cash");
        supplied[asset][msg.sender] -= shares;
        r.supplyShares -= shares;
        r.cash -= amount;
        (, uint256 limit, uint256 debt) = account(msg.sender);
        require(limit >= debt, "unhealthy");
        IERC20(asset).safeTransfer(to, amount);
        emit Withdraw(asset, msg.sender, to, amount);
        return amount;
    }

    function borrow(address asset, uint256 amount, uint256 mode, uint16 code, address onBehalfOf) external {
        require(onBehalfOf == msg.sender && !paused, "own debt only");
        Reserve storage r = accrue(asset);
        require(r.cash >= amount, "no cash");
        uint256 shares = r.debtShares == 0 ? amount : (amount * r.debtShares + r.debt - 1) / r.debt;
        r.debtShares += shares;
        r.debt += amount;
        r.cash -= amount;
        borrowed[asset][msg.sender] += shares;
        (uint256 most,, uint256 debt) = account(msg.sender);
        require(most >= debt, "collateral cannot cover new borrow");
        IERC20(asset).safeTransfer(msg.sender, amount);
        emit Borrow(asset, msg.sender, onBehalfOf, amount, uint8(mode), rate_bp, code);
    }

    function repay(address asset, uint256 amount, uint256, address onBehalfOf) external returns (uint256 paid) {
        Reserve storage r = accrue(asset);
        paid = lower(r, asset, onBehalfOf, amount);
        IERC20(asset).safeTransferFrom(msg.sender, address(this), paid);
        emit Repay(asset, onBehalfOf, msg.sender, paid, false);
    }

    function liquidationCall(address collateral, address debtAsset, address user, uint256 amount, bool) external {
        accrue(collateral);
        Reserve storage r = accrue(debtAsset);
        (, uint256 limit, uint256 debt) = account(user);
        require(debt > limit, "health factor not below threshold");
        uint256 most = owes(debtAsset, user) / 2;
        uint256 paid = lower(r, debtAsset, user, amount > most ? most : amount);
        uint256 seized = seize(collateral, user, paid * price(r) * 10_500 / 10_000 / r.unit);
        IERC20(debtAsset).safeTransferFrom(msg.sender, address(this), paid);
        IERC20(collateral).safeTransfer(msg.sender, seized);
        emit LiquidationCall(collateral, debtAsset, user, paid, seized, msg.sender, false);
    }

    function flashLoanSimple(address receiver, address asset, uint256 amount, bytes calldata params, uint16 code) external {
        Reserve storage r = accrue(asset);
        require(r.cash >= amount && !paused, "no cash");
        uint256 premium = amount * 5 / 10_000;
        r.cash += premium;
        IERC20(asset).safeTransfer(receiver, amount);
        require(
            ITownFlashBorrower(receiver).executeOperation(asset, amount, premium, msg.sender, params),
            "invalid flash loan executor return"
        );
        IERC20(asset).safeTransferFrom(receiver, address(this), amount + premium);
        emit FlashLoan(receiver, msg.sender, asset, amount, 0, premium, code);
    }

    function balance(address asset, address user) public view returns (uint256) {
        Reserve storage r = reserves[asset];
        return r.supplyShares == 0 ? 0 : supplied[asset][user] * (r.cash + r.debt) / r.supplyShares;
    }

    function owes(address asset, address user) public view returns (uint256) {
        Reserve storage r = reserves[asset];
        return r.debtShares == 0 ? 0 : borrowed[asset][user] * r.debt / r.debtShares;
    }

    /// What may be borrowed, from where on it is liquidated, and what is owed, in dollars with eight digits.
    function account(address user) public view returns (uint256 most, uint256 limit, uint256 debt) {
        for (uint256 i = 0; i < list.length; i++) {
            Reserve storage r = reserves[list[i]];
            if (supplied[list[i]][user] > 0) {
                uint256 worth = balance(list[i], user) * price(r) / r.unit;
                most += worth * r.ltv_bp / 10_000;
                limit += worth * r.threshold_bp / 10_000;
            }
            if (borrowed[list[i]][user] > 0) debt += owes(list[i], user) * price(r) / r.unit;
        }
    }

    // Takes collateral of a worth, or all there is.
    function seize(address asset, address user, uint256 worth) private returns (uint256 seized) {
        Reserve storage c = reserves[asset];
        seized = worth * c.unit / price(c);
        uint256 held = balance(asset, user);
        if (seized > held) seized = held;
        uint256 all = c.cash + c.debt;
        uint256 shares = (seized * c.supplyShares + all - 1) / all;
        if (shares > supplied[asset][user]) shares = supplied[asset][user];
        supplied[asset][user] -= shares;
        c.supplyShares -= shares;
        c.cash -= seized;
    }

    function lower(Reserve storage r, address asset, address user, uint256 amount) private returns (uint256 paid) {
        uint256 owed = owes(asset, user);
        uint256 shares;
        if (amount >= owed) (paid, shares) = (owed, borrowed[asset][user]);
        else (paid, shares) = (amount, amount * r.debtShares / r.debt);
        borrowed[asset][user] -= shares;
        r.debtShares -= shares;
        r.debt -= paid;
        r.cash += paid;
    }

    function accrue(address asset) private returns (Reserve storage r) {
        r = reserves[asset];
        require(r.touched > 0, "not listed");
        r.debt += r.debt * rate_bp * (block.timestamp - r.touched) / 10_000 / 365 days;
        r.touched = block.timestamp;
    }

    function price(Reserve storage r) private view returns (uint256) {
        return uint256(r.feed.latestAnswer());
    }
}

/// The next version: the same, with a figure for the front page.
contract TownLendingNext is TownLending {
    function version() external pure returns (string memory) {
        return "2";
    }

    function utilisation_bp(address asset) external view returns (uint256) {
        Reserve storage r = reserves[asset];
        return r.debt * 10_000 / (r.cash + r.debt + 1);
    }
}
