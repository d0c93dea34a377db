// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Token} from "../props/Tokens.sol";

struct NomadMessage {
    uint32 origin;
    bytes32 sender;
    uint32 nonce;
    uint32 destination;
    address recipient;
    bytes body;
}

/// Follows another chain's messages: an updater signs their root, and after a while in which anybody may object,
/// whatever is proved to be below it can be processed.
contract OptimisticReplica is Initializable {
    uint32 public remoteDomain;
    address public updater;
    uint256 public optimisticSeconds;
    bytes32 public committedRoot;
    mapping(bytes32 => uint256) public confirmAt;
    // A message's root once it is proved, and 2 once it is processed.
    mapping(bytes32 => bytes32) public messages;

    bytes32 private constant PROCESSED = bytes32(uint256(2));

    event Update(uint32 indexed homeDomain, bytes32 indexed oldRoot, bytes32 indexed newRoot, bytes signature);
    event Process(bytes32 indexed messageHash, bool indexed success, bytes indexed returnData);
    event SetConfirmation(bytes32 indexed root, uint256 previousConfirmAt, uint256 newConfirmAt);

    function initialize(uint32 remote, address updater_, bytes32 root, uint256 seconds_) external initializer {
        (remoteDomain, updater, optimisticSeconds) = (remote, updater_, seconds_);
        trust(root);
    }

    function update(bytes32 oldRoot, bytes32 newRoot, bytes calldata signature) external {
        require(oldRoot == committedRoot, "not current update");
        bytes32 said = keccak256(abi.encodePacked(remoteDomain, oldRoot, newRoot));
        require(ECDSA.recover(said, signature) == updater, "!updater sig");
        committedRoot = newRoot;
        confirmAt[newRoot] = block.timestamp + optimisticSeconds;
        emit Update(remoteDomain, oldRoot, newRoot, signature);
    }

    function acceptableRoot(bytes32 root) public view returns (bool) {
        uint256 time = confirmAt[root];
        return time != 0 && block.timestamp >= time;
    }

    function prove(bytes32 leaf, bytes32[] calldata proof) public returns (bool) {
        require(messages[leaf] == bytes32(0), "already proven");
        bytes32 root = MerkleProof.processProofCalldata(proof, leaf);
        if (!acceptableRoot(root)) return false;
        messages[leaf] = root;
        return true;
    }

    function proveAndProcess(NomadMessage calldata message, bytes32[] calldata proof) external {
        require(prove(keccak256(abi.encode(message)), proof), "!prove");
        process(message);
    }

    function process(NomadMessage calldata message) public returns (bool success) {
        bytes32 id = keccak256(abi.encode(message));
        require(messages[id] != PROCESSED && acceptableRoot(messages[id]), "!proven");
        messages[id] = PROCESSED;
        bytes memory said;
        (success, said) = message.recipient.call(
            abi.encodeWithSignature(
                "handle(uint32,uint32,bytes32,bytes)", message.origin, message.nonce, message.sender, message.body
            )
        );
        emit Process(id, success, said);
    }

    function trust(bytes32 root) internal {
        committedRoot = root;
        emit SetConfirmation(root, confirmAt[root], 1);
        confirmAt[root] = 1;
    }
}

/// A later version starts anew from a root that it is told.
contract OptimisticReplicaV2 is OptimisticReplica {
    function restart(bytes32 root) external reinitializer(2) {
        trust(root);
    }
}

/// Holds tokens that live on the other chain, and gives them to whom its messages name.
contract NomadRouter {
    address public immutable replica;
    bytes32 public immutable remote;

    event Send(address indexed token, address indexed from, uint32 indexed toDomain, bytes32 toId, uint256 amount, bool fast);
    event Receive(uint64 indexed originAndNonce, address indexed token, address indexed recipient, uint256 amount);

    constructor(address replica_, bytes32 remote_) {
        (replica, remote) = (replica_, remote_);
    }

    function send(Token token, uint256 amount, uint32 destination, bytes32 to) external {
        token.transferFrom(msg.sender, address(this), amount);
        emit Send(address(token), msg.sender, destination, to, amount, false);
    }

    function handle(uint32 origin, uint32 nonce, bytes32 sender, bytes calldata body) external {
        require(msg.sender == replica, "!replica");
        require(sender == remote, "!remote router");
        (Token token, address to, uint256 amount) = abi.decode(body, (Token, address, uint256));
        token.transfer(to, amount);
        emit Receive((uint64(origin) << 32) | nonce, address(token), to, amount);
    }
}
