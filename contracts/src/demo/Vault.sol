// SPDX-License-Identifier: MIT OR Apache-2.0
//
// A demonstration with a REAL FLAW; never put money into it.
// `withdrawEther` sends before it books: checks, interaction, effect. A receiver that calls it again from inside the
// transfer finds its old balance, and every frame writes back `held - amount` from the same stale `held`, so any
// number of withdrawals is booked as one.
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// @title Demo lending vault
/// @notice Holds dollars that some deposit and others borrow, and the ether that secures the loans.
/// @dev Runs behind `VaultProxy`. There is no interest, no liquidation and no price feed: they would add nothing to
/// an incident drill. The admin (`DEFAULT_ADMIN_ROLE`) unpauses, upgrades, sets the price and grants roles; a
/// guardian may only pause.
contract Vault is Initializable, UUPSUpgradeable, AccessControl, Pausable {
    using SafeERC20 for IERC20;

    /// @notice May pause, and nothing else.
    bytes32 public constant GUARDIAN_ROLE = keccak256("GUARDIAN_ROLE");
    /// @notice How much of its ether's worth an account may owe, in basis points.
    uint256 public constant LOAN_TO_VALUE_BP = 7_500;

    /// @notice The dollar that is deposited and borrowed.
    IERC20 public token;
    /// @notice Dollars (1e-18) for one whole ether.
    uint256 public etherPrice;
    /// @notice Ether in wei, by account: withdrawable, and the collateral of its loan.
    mapping(address account => uint256) public etherOf;
    /// @notice Dollars deposited, by account.
    mapping(address account => uint256) public depositOf;
    /// @notice Dollars owed, by account.
    mapping(address account => uint256) public debtOf;

    event EtherDeposited(address indexed account, uint256 amount);
    event EtherWithdrawn(address indexed account, uint256 amount);
    event Deposited(address indexed account, uint256 amount);
    event Withdrawn(address indexed account, uint256 amount);
    event Borrowed(address indexed account, uint256 amount);
    event Repaid(address indexed account, uint256 amount);
    event EtherPriceSet(uint256 oldPrice, uint256 newPrice);

    error ZeroAmount();
    error ZeroAddress();
    error InsufficientEther(address account, uint256 held, uint256 wanted);
    error InsufficientDeposit(address account, uint256 held, uint256 wanted);
    error InsufficientLiquidity(uint256 available, uint256 wanted);
    error InsufficientCollateral(address account, uint256 debt, uint256 limit);
    error ExcessRepayment(address account, uint256 debt, uint256 offered);
    error EtherTransferFailed(address to, uint256 amount);

    modifier nonZero(uint256 amount) {
        if (amount == 0) revert ZeroAmount();
        _;
    }

    /// @dev The implementation itself can never be initialized; only a proxy can.
    constructor() {
        _disableInitializers();
    }

    /// @notice Gives the proxy its roles, its dollar and its price. Runs once.
    function initialize(address admin, address guardian, IERC20 token_, uint256 etherPrice_)
        external
        initializer
        nonZero(etherPrice_)
    {
        if (admin == address(0) || guardian == address(0) || address(token_) == address(0)) revert ZeroAddress();
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        _grantRole(GUARDIAN_ROLE, guardian);
        token = token_;
        emit EtherPriceSet(0, etherPrice_);
        etherPrice = etherPrice_;
    }

    // Ether

    /// @notice Deposits the ether sent along.
    function depositEther() external payable whenNotPaused nonZero(msg.value) {
        etherOf[msg.sender] += msg.value;
        emit EtherDeposited(msg.sender, msg.value);
    }

    /// @notice Withdraws `amount` wei, as far as the caller's loan stays covered.
    function withdrawEther(uint256 amount) external whenNotPaused nonZero(amount) {
        uint256 held = etherOf[msg.sender];
        if (held < amount) revert InsufficientEther(msg.sender, held, amount);
        _requireCovered(msg.sender, debtOf[msg.sender], held - amount);

        (bool sent,) = msg.sender.call{value: amount}("");
        if (!sent) revert EtherTransferFailed(msg.sender, amount);

        etherOf[msg.sender] = held - amount;
        emit EtherWithdrawn(msg.sender, amount);
    }

    // Dollars

    /// @notice Deposits `amount` dollars that the caller has approved.
    function deposit(uint256 amount) external whenNotPaused nonZero(amount) {
        depositOf[msg.sender] += amount;
        token.safeTransferFrom(msg.sender, address(this), amount);
        emit Deposited(msg.sender, amount);
    }

    /// @notice Withdraws `amount` of the dollars the caller deposited, as far as they are not lent out.
    function withdraw(uint256 amount) external whenNotPaused nonZero(amount) {
        uint256 held = depositOf[msg.sender];
        if (held < amount) revert InsufficientDeposit(msg.sender, held, amount);
        depositOf[msg.sender] = held - amount;
        _payOut(amount);
        emit Withdrawn(msg.sender, amount);
    }

    /// @notice Borrows `amount` dollars against the caller's ether.
    function borrow(uint256 amount) external whenNotPaused nonZero(amount) {
        uint256 debt = debtOf[msg.sender] + amount;
        _requireCovered(msg.sender, debt, etherOf[msg.sender]);
        debtOf[msg.sender] = debt;
        _payOut(amount);
        emit Borrowed(msg.sender, amount);
    }

    /// @notice Pays back `amount` dollars. Open while paused: a pause must not force anyone deeper into debt.
    function repay(uint256 amount) external nonZero(amount) {
        uint256 debt = debtOf[msg.sender];
        if (debt < amount) revert ExcessRepayment(msg.sender, debt, amount);
        debtOf[msg.sender] = debt - amount;
        token.safeTransferFrom(msg.sender, address(this), amount);
        emit Repaid(msg.sender, amount);
    }

    /// @notice The most dollars an account may owe with the ether it has here.
    function borrowLimit(address account) external view returns (uint256) {
        return _limit(etherOf[account]);
    }

    // Care

    /// @notice Stops deposits, withdrawals and loans.
    function pause() external onlyRole(GUARDIAN_ROLE) {
        _pause();
    }

    /// @notice Undoes `pause`.
    function unpause() external onlyRole(DEFAULT_ADMIN_ROLE) {
        _unpause();
    }

    /// @notice Sets the dollars (1e-18) for one whole ether.
    function setEtherPrice(uint256 price) external onlyRole(DEFAULT_ADMIN_ROLE) nonZero(price) {
        emit EtherPriceSet(etherPrice, price);
        etherPrice = price;
    }

    function _authorizeUpgrade(address) internal override onlyRole(DEFAULT_ADMIN_ROLE) {}

    function _payOut(uint256 amount) private {
        uint256 available = token.balanceOf(address(this));
        if (available < amount) revert InsufficientLiquidity(available, amount);
        token.safeTransfer(msg.sender, amount);
    }

    function _requireCovered(address account, uint256 debt, uint256 collateral) private view {
        uint256 limit = _limit(collateral);
        if (debt > limit) revert InsufficientCollateral(account, debt, limit);
    }

    function _limit(uint256 collateral) private view returns (uint256) {
        return collateral * etherPrice * LOAN_TO_VALUE_BP / (1 ether * 10_000);
    }
}
