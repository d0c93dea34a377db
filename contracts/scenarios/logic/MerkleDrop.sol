// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Token} from "../props/Tokens.sol";

/// Gives what a tree says to whom it says. It notes the number of a claim, which the tree does not know.
contract MerkleDrop {
    Token public immutable token;
    bytes32 public immutable merkleRoot;
    uint256 public claimed;
    mapping(uint256 => uint256) private claimedBitMap;

    event Claimed(uint256 index, address account, uint256 amount);

    constructor(Token token_, bytes32 root) {
        (token, merkleRoot) = (token_, root);
    }

    function isClaimed(uint256 index) public view returns (bool) {
        return claimedBitMap[index >> 8] & (1 << (index & 0xff)) != 0;
    }

    function claim(uint256 index, address account, uint256 amount, bytes32[] calldata proof) external {
        require(!isClaimed(index), "MerkleDistributor: Drop already claimed.");
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(account, amount))));
        require(MerkleProof.verifyCalldata(proof, merkleRoot, leaf), "MerkleDistributor: Invalid proof.");
        claimedBitMap[index >> 8] |= 1 << (index & 0xff);
        claimed += amount;
        token.transfer(account, amount);
        emit Claimed(index, account, amount);
    }
}

/// Claims the same again under numbers that nobody has.
contract NumberThief {
    function run(MerkleDrop drop, address account, uint256 amount, bytes32[] calldata proof, uint256 from, uint256 to)
        external
    {
        for (uint256 index = from; index < to; index++) drop.claim(index, account, amount, proof);
    }
}

struct DropClaim {
    uint256 index;
    address account;
    uint256 amount;
    bytes32[] proof;
}

/// Claims for many people who would not pay the gas.
contract DropBatcher {
    function claimAll(MerkleDrop drop, DropClaim[] calldata claims) external {
        for (uint256 i = 0; i < claims.length; i++) {
            drop.claim(claims[i].index, claims[i].account, claims[i].amount, claims[i].proof);
        }
    }
}
