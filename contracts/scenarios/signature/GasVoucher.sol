// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

struct UserOp {
    address sender;
    uint256 nonce;
    bytes callData;
    uint256 callGas;
    uint256 preVerificationGas;
    uint256 feePerGas;
    address paymaster;
    uint48 validUntil;
    bytes voucher;
    bytes signature;
}

/// Executes what accounts signed, and has their paymasters pay for it (after ERC-4337, smaller).
contract OpsEntry {
    mapping(address => uint256) public balanceOf;
    mapping(address => uint256) public nonces;

    event Deposited(address indexed account, uint256 totalDeposit);
    event Withdrawn(address indexed account, address withdrawAddress, uint256 amount);
    event UserOperationEvent(
        bytes32 indexed userOpHash,
        address indexed sender,
        address indexed paymaster,
        uint256 nonce,
        bool success,
        uint256 actualGasCost,
        uint256 actualGasUsed
    );

    function hashOf(UserOp calldata op) public view returns (bytes32) {
        bytes32 said = keccak256(
            abi.encode(op.sender, op.nonce, keccak256(op.callData), op.callGas, op.preVerificationGas, op.feePerGas, op.paymaster)
        );
        return keccak256(abi.encode(said, address(this), block.chainid));
    }

    function depositTo(address account) external payable {
        balanceOf[account] += msg.value;
        emit Deposited(account, balanceOf[account]);
    }

    function withdrawTo(address payable to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        emit Withdrawn(msg.sender, to, amount);
        (bool ok,) = to.call{value: amount}("");
        require(ok, "not paid");
    }

    /// Whoever sends operations gets what was promised for them.
    function handleOps(UserOp[] calldata ops, address payable beneficiary) external {
        uint256 collected;
        for (uint256 i = 0; i < ops.length; i++) {
            UserOp calldata op = ops[i];
            bytes32 hash = hashOf(op);
            require(nonces[op.sender]++ == op.nonce, "AA25 invalid account nonce");
            OpsAccount(payable(op.sender)).validate(hash, op.signature);
            VoucherPaymaster(op.paymaster).validate(op);
            uint256 before = gasleft();
            (bool ok,) = op.sender.call{gas: op.callGas}(op.callData);
            uint256 used = before - gasleft() + op.preVerificationGas;
            uint256 cost = used * op.feePerGas;
            balanceOf[op.paymaster] -= cost;
            collected += cost;
            emit UserOperationEvent(hash, op.sender, op.paymaster, op.nonce, ok, cost, used);
        }
        (bool paid,) = beneficiary.call{value: collected}("");
        require(paid, "AA91 failed send to beneficiary");
    }
}

/// An account that one key moves by way of the entry.
contract OpsAccount {
    address public immutable owner;
    OpsEntry public immutable entry;

    constructor(address owner_, OpsEntry entry_) {
        (owner, entry) = (owner_, entry_);
    }

    function validate(bytes32 hash, bytes calldata signature) external view {
        require(ECDSA.recover(hash, signature) == owner, "AA24 signature error");
    }

    function execute(address to, uint256 value, bytes calldata data) external {
        require(msg.sender == address(entry), "not the entry");
        (bool ok,) = to.call{value: value}(data);
        require(ok, "failed");
    }

    receive() external payable {}
}

/// Pays for operations that the shop's server vouched for: whose, what, until when. What they may cost is not in it.
contract VoucherPaymaster {
    address public immutable owner = msg.sender;
    address public immutable server;
    OpsEntry public immutable entry;

    constructor(OpsEntry entry_, address server_) {
        (entry, server) = (entry_, server_);
    }

    function deposit() external payable {
        entry.depositTo{value: msg.value}(address(this));
    }

    function withdraw(address payable to, uint256 amount) external {
        require(msg.sender == owner, "not the owner");
        entry.withdrawTo(to, amount);
    }

    function validate(UserOp calldata op) external view {
        require(msg.sender == address(entry), "not the entry");
        require(block.timestamp <= op.validUntil, "late");
        bytes32 said = keccak256(abi.encode(address(this), op.sender, keccak256(op.callData), op.validUntil));
        require(ECDSA.recover(said, op.voucher) == server, "no voucher");
    }
}
