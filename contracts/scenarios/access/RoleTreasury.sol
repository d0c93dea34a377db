// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// A treasury that treasurers pay from.
abstract contract RoleTreasuryBase is AccessControl {
    using SafeERC20 for IERC20;

    bytes32 public constant TREASURER_ROLE = keccak256("TREASURER_ROLE");

    event Paid(address indexed token, address indexed to, uint256 amount, string purpose);

    constructor() {
        _grantRole(DEFAULT_ADMIN_ROLE, msg.sender);
    }

    receive() external payable {}

    function pay(IERC20 token, address to, uint256 amount, string calldata purpose) external onlyRole(TREASURER_ROLE) {
        token.safeTransfer(to, amount);
        emit Paid(address(token), to, amount, purpose);
    }

    function payEther(address payable to, uint256 amount, string calldata purpose) external onlyRole(TREASURER_ROLE) {
        (bool ok,) = to.call{value: amount}("");
        require(ok, "not paid");
        emit Paid(address(0), to, amount, purpose);
    }
}

/// Notes when a role was given; the modifier of what it overrides got lost on the way.
contract RoleTreasury is RoleTreasuryBase {
    mapping(address => uint256) public since;

    function grantRole(bytes32 role, address account) public override {
        since[account] = block.timestamp;
        _grantRole(role, account);
    }
}

/// The same with its modifier.
contract SoundRoleTreasury is RoleTreasuryBase {
    mapping(address => uint256) public since;

    function grantRole(bytes32 role, address account) public override onlyRole(getRoleAdmin(role)) {
        since[account] = block.timestamp;
        _grantRole(role, account);
    }
}
