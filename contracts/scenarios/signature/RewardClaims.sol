// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// Pays rewards that were signed, and remembers the signatures. A signature has two forms, and the precompile takes both.
contract RewardClaims {
    Token public immutable token;
    address public immutable signer;
    uint256 public paid;
    mapping(bytes32 => bool) private seen;

    constructor(Token token_, address signer_) {
        (token, signer) = (token_, signer_);
    }

    function claim(uint256 id, address to, uint256 amount, uint8 v, bytes32 r, bytes32 s) external {
        bytes32 mark = keccak256(abi.encodePacked(r, s, v));
        require(!seen[mark], "claimed");
        seen[mark] = true;
        require(ecrecover(keccak256(abi.encode(address(this), id, to, amount)), v, r, s) == signer, "not signed");
        paid += amount;
        token.transfer(to, amount);
    }
}
