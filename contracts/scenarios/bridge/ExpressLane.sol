// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Token} from "../props/Tokens.sol";

/// Knows which messages of other chains its validators saw.
contract MessageGateway {
    address public immutable operator = msg.sender;
    mapping(bytes32 => bool) private approved;
    mapping(bytes32 => bool) private executed;

    event ContractCallApproved(
        bytes32 indexed commandId, string sourceChain, string sourceAddress, address indexed contractAddress, bytes32 indexed payloadHash
    );
    event ContractCallExecuted(bytes32 indexed commandId);

    function approveContractCall(
        bytes32 commandId,
        string calldata sourceChain,
        string calldata sourceAddress,
        address contractAddress,
        bytes32 payloadHash
    ) external {
        require(msg.sender == operator, "not the operator");
        approved[keccak256(abi.encode(commandId, sourceChain, sourceAddress, contractAddress, payloadHash))] = true;
        emit ContractCallApproved(commandId, sourceChain, sourceAddress, contractAddress, payloadHash);
    }

    function validateContractCall(
        bytes32 commandId,
        string calldata sourceChain,
        string calldata sourceAddress,
        bytes32 payloadHash
    ) external returns (bool valid) {
        bytes32 key = keccak256(abi.encode(commandId, sourceChain, sourceAddress, msg.sender, payloadHash));
        valid = approved[key];
        if (!valid) return false;
        approved[key] = false;
        executed[commandId] = true;
        emit ContractCallExecuted(commandId);
    }

    function isCommandExecuted(bytes32 commandId) external view returns (bool) {
        return executed[commandId];
    }
}

/// Holds what was locked for other chains.
contract LanePortal {
    address public immutable owner = msg.sender;
    address public receiver;
    mapping(Token => uint256) public balanceOf;

    event Locked(address indexed token, address indexed from, uint256 amount, uint256 chainIdTo);
    event Unlocked(address indexed token, address indexed to, uint256 amount);

    function setReceiver(address receiver_) external {
        require(msg.sender == owner, "not the owner");
        receiver = receiver_;
    }

    function lock(Token token, uint256 amount, uint256 chainIdTo) external {
        token.transferFrom(msg.sender, address(this), amount);
        balanceOf[token] += amount;
        emit Locked(address(token), msg.sender, amount, chainIdTo);
    }

    function unlock(Token token, address to, uint256 amount) external {
        require(msg.sender == receiver, "not the receiver");
        balanceOf[token] -= amount;
        token.transfer(to, amount);
        emit Unlocked(address(token), to, amount);
    }
}

/// Receives messages: after the gateway vouched for them, or, as it inherited, in advance on the word of whoever calls.
contract LaneReceiver {
    MessageGateway public immutable gateway;
    LanePortal public immutable portal;
    bytes32 public immutable peer;
    mapping(bytes32 => address) public expressExecutor;

    event ExpressExecuted(bytes32 indexed commandId, string sourceChain, string sourceAddress, bytes32 payloadHash, address indexed expressExecutor);
    event ExpressExecutionFulfilled(bytes32 indexed commandId, address indexed expressExecutor);

    constructor(MessageGateway gateway_, LanePortal portal_, string memory peer_) {
        (gateway, portal, peer) = (gateway_, portal_, keccak256(bytes(peer_)));
    }

    function execute(bytes32 commandId, string calldata sourceChain, string calldata sourceAddress, bytes calldata payload)
        external
    {
        require(
            gateway.validateContractCall(commandId, sourceChain, sourceAddress, keccak256(payload)), "not approved by gateway"
        );
        if (expressExecutor[commandId] != address(0)) {
            emit ExpressExecutionFulfilled(commandId, expressExecutor[commandId]);
            return;
        }
        act(sourceAddress, payload);
    }

    function expressExecute(
        bytes32 commandId,
        string calldata sourceChain,
        string calldata sourceAddress,
        bytes calldata payload
    ) external {
        require(!gateway.isCommandExecuted(commandId), "already executed");
        require(expressExecutor[commandId] == address(0), "already express executed");
        expressExecutor[commandId] = msg.sender;
        emit ExpressExecuted(commandId, sourceChain, sourceAddress, keccak256(payload), msg.sender);
        act(sourceAddress, payload);
    }

    function act(string calldata sourceAddress, bytes calldata payload) private {
        require(keccak256(bytes(sourceAddress)) == peer, "not the peer");
        (Token token, address to, uint256 amount) = abi.decode(payload, (Token, address, uint256));
        portal.unlock(token, to, amount);
    }
}

/// Makes messages up, and has them executed in advance.
contract LaneThief {
    function run(LaneReceiver receiver, Token[] calldata tokens, string calldata peer, uint256 number, address payee)
        external
    {
        for (uint256 i = 0; i < tokens.length; i++) {
            bytes memory payload = abi.encode(tokens[i], payee, receiver.portal().balanceOf(tokens[i]));
            receiver.expressExecute(keccak256(abi.encode(number, i)), "linea", peer, payload);
        }
    }
}

struct LaneMessage {
    bytes32 commandId;
    bytes payload;
}

/// Brings several messages at once.
contract LaneRelay {
    function deliver(LaneReceiver receiver, string calldata peer, LaneMessage[] calldata messages) external {
        for (uint256 i = 0; i < messages.length; i++) {
            receiver.execute(messages[i].commandId, "linea", peer, messages[i].payload);
        }
    }
}
