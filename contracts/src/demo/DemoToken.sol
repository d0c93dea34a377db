// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title Demo Dollar
/// @notice A plain ERC-20 with 18 decimals that one minter may issue.
contract DemoToken is ERC20 {
    /// @notice The only account that may mint, fixed at deployment.
    address public immutable minter;

    error NotMinter(address account);

    constructor(address minter_) ERC20("Demo Dollar", "DUSD") {
        minter = minter_;
    }

    /// @notice Issues `amount` (in units of 1e-18 DUSD) to `to`.
    function mint(address to, uint256 amount) external {
        if (msg.sender != minter) revert NotMinter(msg.sender);
        _mint(to, amount);
    }
}
