// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Ownable2Step, Ownable} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// Identities of accounts (ERC-1056).
contract TownIdentities {
    mapping(address => address) public owners;
    mapping(address => mapping(bytes32 => mapping(address => uint256))) public delegates;
    mapping(address => uint256) public changed;

    event DIDOwnerChanged(address indexed identity, address owner, uint256 previousChange);
    event DIDDelegateChanged(
        address indexed identity, bytes32 delegateType, address delegate, uint256 validTo, uint256 previousChange
    );
    event DIDAttributeChanged(address indexed identity, bytes32 name, bytes value, uint256 validTo, uint256 previousChange);

    modifier onlyOwner(address identity) {
        require(msg.sender == identityOwner(identity), "bad_actor");
        _;
    }

    function identityOwner(address identity) public view returns (address) {
        return owners[identity] == address(0) ? identity : owners[identity];
    }

    function changeOwner(address identity, address next) external onlyOwner(identity) {
        owners[identity] = next;
        emit DIDOwnerChanged(identity, next, changed[identity]);
        changed[identity] = block.number;
    }

    function addDelegate(address identity, bytes32 kind, address delegate, uint256 validity) external onlyOwner(identity) {
        delegates[identity][kind][delegate] = block.timestamp + validity;
        emit DIDDelegateChanged(identity, kind, delegate, block.timestamp + validity, changed[identity]);
        changed[identity] = block.number;
    }

    function revokeDelegate(address identity, bytes32 kind, address delegate) external onlyOwner(identity) {
        delegates[identity][kind][delegate] = block.timestamp;
        emit DIDDelegateChanged(identity, kind, delegate, block.timestamp, changed[identity]);
        changed[identity] = block.number;
    }

    function setAttribute(address identity, bytes32 name, bytes calldata value, uint256 validity) external onlyOwner(identity) {
        emit DIDAttributeChanged(identity, name, value, block.timestamp + validity, changed[identity]);
        changed[identity] = block.number;
    }
}

/// Names with owners, in the manner of ENS's registry.
contract TownNames {
    struct Record {
        address owner;
        address resolver;
    }

    mapping(bytes32 => Record) public records;

    event Transfer(bytes32 indexed node, address owner);
    event NewOwner(bytes32 indexed node, bytes32 indexed label, address owner);
    event NewResolver(bytes32 indexed node, address resolver);

    constructor() {
        records[0x0].owner = msg.sender;
    }

    modifier authorised(bytes32 node) {
        require(records[node].owner == msg.sender, "not the owner");
        _;
    }

    function register(bytes32 label) external payable {
        bytes32 node = keccak256(abi.encodePacked(bytes32(0), label));
        require(records[node].owner == address(0) && msg.value > 0, "taken");
        records[node].owner = msg.sender;
        emit NewOwner(bytes32(0), label, msg.sender);
    }

    function setOwner(bytes32 node, address next) external authorised(node) {
        records[node].owner = next;
        emit Transfer(node, next);
    }

    function setSubnodeOwner(bytes32 node, bytes32 label, address next) external authorised(node) {
        records[keccak256(abi.encodePacked(node, label))].owner = next;
        emit NewOwner(node, label, next);
    }

    function setResolver(bytes32 node, address resolver) external authorised(node) {
        records[node].resolver = resolver;
        emit NewResolver(node, resolver);
    }
}

/// Something with roles, an owner who hands over in two steps, and a brake.
contract TownOffice is Ownable2Step, AccessControl, Pausable {
    bytes32 public constant KEEPER = keccak256("KEEPER");
    uint256 public limit;

    event LimitSet(uint256 limit);

    constructor() Ownable(msg.sender) {
        _grantRole(DEFAULT_ADMIN_ROLE, msg.sender);
        _grantRole(KEEPER, msg.sender);
    }

    function setLimit(uint256 limit_) external onlyRole(KEEPER) whenNotPaused {
        limit = limit_;
        emit LimitSet(limit_);
    }

    function pause() external onlyOwner {
        _pause();
    }

    function unpause() external onlyOwner {
        _unpause();
    }
}
