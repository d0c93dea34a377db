// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Permit2} from "../props/Permit2.sol";
import {TownRouter} from "./TownMarkets.sol";

struct TownOp {
    address sender;
    uint256 nonce;
    bytes initCode;
    bytes callData;
    bytes signature;
}

/// Runs what owners of smart wallets have signed, for whoever brings it (ERC-4337, with the fee in coins at the end).
contract TownEntryPoint {
    mapping(address => uint256) public nonces;
    mapping(address => uint256) public balanceOf;

    event UserOperationEvent(
        bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success,
        uint256 actualGasCost, uint256 actualGasUsed
    );
    event AccountDeployed(bytes32 indexed userOpHash, address indexed sender, address factory, address paymaster);
    event Deposited(address indexed account, uint256 totalDeposit);

    function depositTo(address account) public payable {
        balanceOf[account] += msg.value;
        emit Deposited(account, balanceOf[account]);
    }

    function handleOps(TownOp[] calldata ops, address payable beneficiary) external {
        uint256 collected;
        for (uint256 i = 0; i < ops.length; i++) {
            TownOp calldata op = ops[i];
            uint256 before = gasleft();
            bytes32 hash = keccak256(abi.encode(block.chainid, address(this), op.sender, op.nonce, keccak256(op.callData)));
            if (op.initCode.length > 0) {
                (bool made,) = address(bytes20(op.initCode[:20])).call(op.initCode[20:]);
                require(made && op.sender.code.length > 0, "AA13 initCode failed");
                emit AccountDeployed(hash, op.sender, address(bytes20(op.initCode[:20])), address(0));
            }
            require(nonces[op.sender]++ == op.nonce, "AA25 invalid account nonce");
            TownWallet(payable(op.sender)).validateUserOp(hash, op.signature);
            (bool ok,) = op.sender.call(op.callData);
            uint256 cost = (before - gasleft()) * tx.gasprice;
            if (cost > balanceOf[op.sender]) cost = balanceOf[op.sender];
            balanceOf[op.sender] -= cost;
            collected += cost;
            emit UserOperationEvent(hash, op.sender, address(0), op.nonce, ok, cost, before - gasleft());
        }
        (bool paid,) = beneficiary.call{value: collected}("");
        require(paid, "AA91 failed send to beneficiary");
    }
}

/// A wallet of one owner's key.
contract TownWallet {
    struct Call {
        address to;
        uint256 value;
        bytes data;
    }

    TownEntryPoint public immutable entry;
    address public owner;

    event OwnerChanged(address indexed before, address indexed next);

    constructor(TownEntryPoint entry_, address owner_) {
        (entry, owner) = (entry_, owner_);
    }

    receive() external payable {}

    function validateUserOp(bytes32 hash, bytes calldata signature) external view {
        require(msg.sender == address(entry) && ECDSA.recover(hash, signature) == owner, "AA24 signature error");
    }

    function executeBatch(Call[] calldata calls) external {
        require(msg.sender == address(entry) || msg.sender == owner, "not the owner");
        for (uint256 i = 0; i < calls.length; i++) {
            (bool ok, bytes memory why) = calls[i].to.call{value: calls[i].value}(calls[i].data);
            if (!ok) assembly { revert(add(why, 32), mload(why)) }
        }
    }

    function changeOwner(address next) external {
        require(msg.sender == owner || msg.sender == address(this), "not the owner");
        emit OwnerChanged(owner, next);
        owner = next;
    }
}

contract TownWalletFactory {
    function create(TownEntryPoint entry, address owner, uint256 salt) external returns (address) {
        return address(new TownWallet{salt: bytes32(salt)}(entry, owner));
    }

    function addressOf(TownEntryPoint entry, address owner, uint256 salt) external view returns (address) {
        bytes32 code = keccak256(abi.encodePacked(type(TownWallet).creationCode, abi.encode(entry, owner)));
        return address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(this), bytes32(salt), code)))));
    }
}

/// Takes tokens by a signature that comes along, and swaps them: by EIP-2612, or by Permit2.
contract TownPermitRouter {
    using SafeERC20 for IERC20;

    TownRouter public immutable router;
    Permit2 public immutable permit2;

    constructor(TownRouter router_, Permit2 permit2_) {
        (router, permit2) = (router_, permit2_);
    }

    function swapWithPermit(
        ERC20Permit token, uint256 amount, uint256 least, address[] calldata path, uint256 deadline, uint8 v, bytes32 r, bytes32 s
    ) external {
        token.permit(msg.sender, address(this), amount, deadline, v, r, s);
        IERC20(address(token)).safeTransferFrom(msg.sender, address(this), amount);
        swap(IERC20(address(token)), amount, least, path, deadline);
    }

    function swapWithPermit2(
        Permit2.PermitTransferFrom calldata order, uint256 least, address[] calldata path, bytes calldata signature
    ) external {
        uint256 amount = order.permitted.amount;
        permit2.permitTransferFrom(
            order, Permit2.SignatureTransferDetails(address(this), amount), msg.sender, signature
        );
        swap(IERC20(order.permitted.token), amount, least, path, order.deadline);
    }

    function swapWithAllowance(
        Permit2.PermitSingle calldata single, bytes calldata signature, uint160 amount, uint256 least, address[] calldata path
    ) external {
        if (signature.length > 0) permit2.permit(msg.sender, single, signature);
        permit2.transferFrom(msg.sender, address(this), amount, path[0]);
        swap(IERC20(path[0]), amount, least, path, block.timestamp);
    }

    function swap(IERC20 token, uint256 amount, uint256 least, address[] calldata path, uint256 deadline) private {
        token.forceApprove(address(router), amount);
        router.swapExactTokensForTokens(amount, least, path, msg.sender, deadline);
    }
}

/// Orders that their makers signed, filled by anybody at the price they named or a better one.
contract TownSettlement {
    using SafeERC20 for IERC20;

    struct Order {
        address maker;
        IERC20 sells;
        IERC20 buys;
        uint256 amount;
        uint256 least;
        uint256 expires;
        uint256 salt;
    }

    mapping(bytes32 => bool) public filled;

    event Trade(address indexed maker, IERC20 sells, IERC20 buys, uint256 sold, uint256 bought, bytes32 order);
    event Cancelled(bytes32 order);

    function hashOf(Order memory order) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), order));
    }

    /// Two orders that fit are exchanged for one another.
    function settle(Order calldata a, bytes calldata signedA, Order calldata b, bytes calldata signedB) external {
        (bytes32 hashA, bytes32 hashB) = (open(a, signedA), open(b, signedB));
        require(a.sells == b.buys && a.buys == b.sells && a.amount >= b.least && b.amount >= a.least, "they do not fit");
        a.sells.safeTransferFrom(a.maker, b.maker, a.amount);
        b.sells.safeTransferFrom(b.maker, a.maker, b.amount);
        emit Trade(a.maker, a.sells, a.buys, a.amount, b.amount, hashA);
        emit Trade(b.maker, b.sells, b.buys, b.amount, a.amount, hashB);
    }

    /// A solver fills an order out of its own pocket.
    function fill(Order calldata order, bytes calldata signed, uint256 gives) external {
        bytes32 hash = open(order, signed);
        require(gives >= order.least, "too little");
        order.sells.safeTransferFrom(order.maker, msg.sender, order.amount);
        order.buys.safeTransferFrom(msg.sender, order.maker, gives);
        emit Trade(order.maker, order.sells, order.buys, order.amount, gives, hash);
    }

    function cancel(Order calldata order) external {
        require(order.maker == msg.sender, "not yours");
        filled[hashOf(order)] = true;
        emit Cancelled(hashOf(order));
    }

    function open(Order calldata order, bytes calldata signed) private returns (bytes32 hash) {
        hash = hashOf(order);
        require(!filled[hash] && block.timestamp <= order.expires, "filled or expired");
        require(ECDSA.recover(hash, signed) == order.maker, "not signed");
        filled[hash] = true;
    }
}
