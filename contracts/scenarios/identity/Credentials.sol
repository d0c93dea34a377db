// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {DidRegistry} from "./DidRegistry.sol";
import {Token} from "../props/Tokens.sol";

/// Who was granted what by which issuer. An issuer is an identity; its owner and its delegates act for it. Whoever issues
/// to many at once is not asked whether he does.
contract CredentialRegistry {
    DidRegistry public immutable dids;
    address private immutable board = msg.sender;
    mapping(address => bool) public issuers;
    mapping(bytes32 => mapping(address => uint64)) public validUntil;

    event IssuerSet(address indexed issuer, bool accredited);
    event Issued(bytes32 indexed schema, address indexed issuer, address indexed subject, uint64 until);
    event Revoked(bytes32 indexed schema, address indexed issuer, address indexed subject);

    constructor(DidRegistry dids_) {
        dids = dids_;
    }

    function setIssuer(address issuer, bool accredited) external {
        require(msg.sender == board, "not the board");
        issuers[issuer] = accredited;
        emit IssuerSet(issuer, accredited);
    }

    function actsFor(address issuer, address who) public view returns (bool) {
        return dids.identityOwner(issuer) == who || dids.validDelegate(issuer, "veriKey", who);
    }

    function issue(address issuer, bytes32 schema, address subject, uint64 until) external {
        require(actsFor(issuer, msg.sender), "not the issuer");
        write(issuer, schema, subject, until);
    }

    function issueBatch(address issuer, bytes32 schema, address[] calldata subjects, uint64 until) external {
        for (uint256 i = 0; i < subjects.length; i++) write(issuer, schema, subjects[i], until);
    }

    function revoke(address issuer, bytes32 schema, address subject) external {
        require(actsFor(issuer, msg.sender), "not the issuer");
        validUntil[schema][subject] = 0;
        emit Revoked(schema, issuer, subject);
    }

    function holds(bytes32 schema, address subject) external view returns (bool) {
        return validUntil[schema][subject] > block.timestamp;
    }

    function write(address issuer, bytes32 schema, address subject, uint64 until) private {
        require(issuers[issuer], "not accredited");
        validUntil[schema][subject] = until;
        emit Issued(schema, issuer, subject, until);
    }
}

/// Gives everybody with a credential the same, once.
contract GrantFund {
    CredentialRegistry public immutable registry;
    bytes32 public immutable schema;
    Token public immutable token;
    uint256 public immutable each;
    mapping(address => bool) public claimed;

    event Claimed(address indexed who, address indexed to, uint256 amount);

    constructor(CredentialRegistry registry_, bytes32 schema_, Token token_, uint256 each_) {
        (registry, schema, token, each) = (registry_, schema_, token_, each_);
    }

    function claim(address to) external {
        require(registry.holds(schema, msg.sender), "no credential");
        require(!claimed[msg.sender], "claimed");
        claimed[msg.sender] = true;
        token.transfer(to, each);
        emit Claimed(msg.sender, to, each);
    }
}

/// Somebody who does not exist.
contract GrantPuppet {
    function claim(GrantFund fund, address to) external {
        fund.claim(to);
    }
}

/// Has credentials issued to people of its own making: all at once, or one by one where it acts for the issuer.
contract GrantThief {
    function batch(GrantFund fund, address issuer, uint256 count, address payee) external {
        address[] memory crowd = new address[](count);
        for (uint256 i = 0; i < count; i++) crowd[i] = address(new GrantPuppet());
        fund.registry().issueBatch(issuer, fund.schema(), crowd, uint64(block.timestamp + 365 days));
        for (uint256 i = 0; i < count; i++) GrantPuppet(crowd[i]).claim(fund, payee);
    }

    function each(GrantFund fund, address issuer, uint256 count, address payee) external {
        for (uint256 i = 0; i < count; i++) {
            GrantPuppet puppet = new GrantPuppet();
            fund.registry().issue(issuer, fund.schema(), address(puppet), uint64(block.timestamp + 365 days));
            puppet.claim(fund, payee);
        }
    }
}
