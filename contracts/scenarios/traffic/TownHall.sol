// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Governor} from "@openzeppelin/contracts/governance/Governor.sol";
import {GovernorCountingSimple} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes, IVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {VestingWallet} from "@openzeppelin/contracts/finance/VestingWallet.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";

/// OpenZeppelin's governor over its timelock: two blocks of thought, ten of votes.
contract TownGovernor is Governor, GovernorCountingSimple, GovernorVotes, GovernorTimelockControl {
    uint256 private immutable least;

    constructor(IVotes token, TimelockController timelock, uint256 quorum_)
        Governor("Hall") GovernorVotes(token) GovernorTimelockControl(timelock)
    {
        least = quorum_;
    }

    function votingDelay() public pure override returns (uint256) {
        return 2;
    }

    function votingPeriod() public pure override returns (uint256) {
        return 10;
    }

    function quorum(uint256) public view override returns (uint256) {
        return least;
    }

    function state(uint256 id) public view override(Governor, GovernorTimelockControl) returns (ProposalState) {
        return super.state(id);
    }

    function proposalNeedsQueuing(uint256 id) public view override(Governor, GovernorTimelockControl) returns (bool) {
        return super.proposalNeedsQueuing(id);
    }

    function _queueOperations(
        uint256 id, address[] memory targets, uint256[] memory values, bytes[] memory calls, bytes32 description
    ) internal override(Governor, GovernorTimelockControl) returns (uint48) {
        return super._queueOperations(id, targets, values, calls, description);
    }

    function _executeOperations(
        uint256 id, address[] memory targets, uint256[] memory values, bytes[] memory calls, bytes32 description
    ) internal override(Governor, GovernorTimelockControl) {
        super._executeOperations(id, targets, values, calls, description);
    }

    function _cancel(address[] memory targets, uint256[] memory values, bytes[] memory calls, bytes32 description)
        internal override(Governor, GovernorTimelockControl) returns (uint256)
    {
        return super._cancel(targets, values, calls, description);
    }

    function _executor() internal view override(Governor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }
}

/// Means of the town, which the timelock spends.
contract TownTreasury is UUPSUpgradeable, Initializable {
    address public owner;
    uint256 public fee_bp;

    event Paid(address indexed token, address indexed to, uint256 amount);
    event FeeSet(uint256 fee_bp);

    modifier onlyOwner() {
        require(msg.sender == owner, "not the owner");
        _;
    }

    receive() external payable {}

    function initialize(address owner_) external initializer {
        owner = owner_;
    }

    function pay(IERC20 token, address to, uint256 amount) external onlyOwner {
        require(token.transfer(to, amount), "not paid");
        emit Paid(address(token), to, amount);
    }

    function setFee(uint256 fee_bp_) external onlyOwner {
        require(fee_bp_ <= 100, "too much");
        fee_bp = fee_bp_;
        emit FeeSet(fee_bp_);
    }

    function _authorizeUpgrade(address) internal view override onlyOwner {}
}

contract TownTreasuryNext is TownTreasury {
    function version() external pure returns (uint256) {
        return 2;
    }
}

/// A token that somebody makes and sells.
contract TownLaunch is ERC20, Ownable {
    bool public trading;

    constructor(string memory name_, uint256 supply) ERC20(name_, name_) Ownable(msg.sender) {
        _mint(msg.sender, supply);
    }

    function openTrading() external onlyOwner {
        trading = true;
    }

    function _update(address from, address to, uint256 value) internal override {
        require(trading || from == address(0) || tx.origin == owner(), "not open yet");
        super._update(from, to, value);
    }
}

/// Keeps somebody's liquidity until a day.
contract TownLocker {
    IERC20 public immutable token;
    address public immutable owner = msg.sender;
    uint256 public immutable until;

    constructor(IERC20 token_, uint256 until_) {
        (token, until) = (token_, until_);
    }

    function release() external {
        require(block.timestamp >= until && msg.sender == owner, "not yet");
        require(token.transfer(owner, token.balanceOf(address(this))), "not moved");
    }
}

/// OpenZeppelin's vesting wallet.
contract TownVesting is VestingWallet {
    constructor(address beneficiary, uint64 start_, uint64 seconds_) payable VestingWallet(beneficiary, start_, seconds_) {}
}
