// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// Pays what its desk signed, each order once. Every partner has such a vault, all of one desk; which vault an order is
/// for is not in what is signed.
contract PartnerVault {
    Token public immutable token;
    address public immutable desk;
    mapping(uint256 => bool) public filled;

    event Filled(uint256 indexed order, address indexed to, uint256 amount);

    constructor(Token token_, address desk_) {
        (token, desk) = (token_, desk_);
    }

    function digest(uint256 order, address to, uint256 amount) public view virtual returns (bytes32) {
        return keccak256(abi.encode(order, to, amount));
    }

    function fill(uint256 order, address to, uint256 amount, bytes calldata signature) external {
        require(!filled[order], "filled");
        filled[order] = true;
        require(ECDSA.recover(digest(order, to, amount), signature) == desk, "not signed");
        token.transfer(to, amount);
        emit Filled(order, to, amount);
    }
}

/// The same, and an order is for one vault on one chain.
contract BoundPartnerVault is PartnerVault {
    constructor(Token token_, address desk_) PartnerVault(token_, desk_) {}

    function digest(uint256 order, address to, uint256 amount) public view override returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), order, to, amount));
    }
}

/// Brings one order to every vault that would take it.
contract OrderRepeater {
    function fill(PartnerVault[] calldata vaults, uint256 order, address to, uint256 amount, bytes calldata signature)
        external
    {
        for (uint256 i = 0; i < vaults.length; i++) vaults[i].fill(order, to, amount, signature);
    }
}
