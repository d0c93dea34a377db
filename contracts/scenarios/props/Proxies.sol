// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {TransparentUpgradeableProxy} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// A proxy whose implementation decides about upgrades (UUPS), as OpenZeppelin ships it.
contract UupsProxy is ERC1967Proxy {
    constructor(address implementation, bytes memory data) payable ERC1967Proxy(implementation, data) {}
}

/// A proxy with a ProxyAdmin of its own, as OpenZeppelin ships it.
contract AdminProxy is TransparentUpgradeableProxy {
    constructor(address implementation, address owner, bytes memory data)
        payable
        TransparentUpgradeableProxy(implementation, owner, data)
    {}
}

/// A timelock with one proposer and one executor, as OpenZeppelin ships it.
contract Timelock is TimelockController {
    constructor(uint256 delay, address[] memory proposers, address[] memory executors)
        TimelockController(delay, proposers, executors, address(0))
    {}
}
