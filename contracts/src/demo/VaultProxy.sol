// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

/// @title The address that users know as the vault
/// @notice Holds the vault's money and storage, and runs the code at its ERC-1967 implementation slot. It has no
/// functions of its own: upgrades go through the implementation (UUPS).
contract VaultProxy is ERC1967Proxy {
    /// @param implementation A deployed `Vault`.
    /// @param initialization The encoded call of `Vault.initialize`, run in the proxy's storage.
    constructor(address implementation, bytes memory initialization) ERC1967Proxy(implementation, initialization) {}
}
