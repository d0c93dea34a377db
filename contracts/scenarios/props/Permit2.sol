// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// Uniswap's Permit2, smaller: allowances with an end that are signed (one or a batch), and transfers that are signed and
/// good for one time. Types, events and hashes are those of the real one; contracts cannot sign here.
contract Permit2 {
    using SafeERC20 for IERC20;

    struct PermitDetails {
        address token;
        uint160 amount;
        uint48 expiration;
        uint48 nonce;
    }

    struct PermitSingle {
        PermitDetails details;
        address spender;
        uint256 sigDeadline;
    }

    struct PermitBatch {
        PermitDetails[] details;
        address spender;
        uint256 sigDeadline;
    }

    struct PackedAllowance {
        uint160 amount;
        uint48 expiration;
        uint48 nonce;
    }

    struct AllowanceTransferDetails {
        address from;
        address to;
        uint160 amount;
        address token;
    }

    struct TokenSpenderPair {
        address token;
        address spender;
    }

    struct TokenPermissions {
        address token;
        uint256 amount;
    }

    struct PermitTransferFrom {
        TokenPermissions permitted;
        uint256 nonce;
        uint256 deadline;
    }

    struct SignatureTransferDetails {
        address to;
        uint256 requestedAmount;
    }

    bytes32 private constant TYPE_HASH = keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)");
    bytes32 public constant PERMIT_DETAILS_TYPEHASH =
        keccak256("PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)");
    bytes32 public constant PERMIT_SINGLE_TYPEHASH = keccak256(
        "PermitSingle(PermitDetails details,address spender,uint256 sigDeadline)PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)"
    );
    bytes32 public constant PERMIT_BATCH_TYPEHASH = keccak256(
        "PermitBatch(PermitDetails[] details,address spender,uint256 sigDeadline)PermitDetails(address token,uint160 amount,uint48 expiration,uint48 nonce)"
    );
    bytes32 public constant TOKEN_PERMISSIONS_TYPEHASH = keccak256("TokenPermissions(address token,uint256 amount)");
    bytes32 public constant PERMIT_TRANSFER_FROM_TYPEHASH = keccak256(
        "PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)TokenPermissions(address token,uint256 amount)"
    );

    mapping(address => mapping(uint256 => uint256)) public nonceBitmap;
    mapping(address => mapping(address => mapping(address => PackedAllowance))) public allowance;

    event NonceInvalidation(address indexed owner, address indexed token, address indexed spender, uint48 newNonce, uint48 oldNonce);
    event Approval(address indexed owner, address indexed token, address indexed spender, uint160 amount, uint48 expiration);
    event Permit(
        address indexed owner, address indexed token, address indexed spender, uint160 amount, uint48 expiration, uint48 nonce
    );
    event Lockdown(address indexed owner, address token, address spender);
    event UnorderedNonceInvalidation(address indexed owner, uint256 word, uint256 mask);

    error AllowanceExpired(uint256 deadline);
    error InsufficientAllowance(uint256 amount);
    error SignatureExpired(uint256 signatureDeadline);
    error InvalidNonce();
    error InvalidSigner();
    error InvalidAmount(uint256 maxAmount);

    function DOMAIN_SEPARATOR() public view returns (bytes32) {
        return keccak256(abi.encode(TYPE_HASH, keccak256("Permit2"), block.chainid, address(this)));
    }

    function approve(address token, address spender, uint160 amount, uint48 expiration) external {
        PackedAllowance storage allowed = allowance[msg.sender][token][spender];
        (allowed.amount, allowed.expiration) = (amount, expiration == 0 ? uint48(block.timestamp) : expiration);
        emit Approval(msg.sender, token, spender, amount, expiration);
    }

    function permit(address owner, PermitSingle memory single, bytes calldata signature) external {
        if (block.timestamp > single.sigDeadline) revert SignatureExpired(single.sigDeadline);
        bytes32 details = hash(single.details);
        verify(owner, keccak256(abi.encode(PERMIT_SINGLE_TYPEHASH, details, single.spender, single.sigDeadline)), signature);
        update(single.details, owner, single.spender);
    }

    function permit(address owner, PermitBatch memory batch, bytes calldata signature) external {
        if (block.timestamp > batch.sigDeadline) revert SignatureExpired(batch.sigDeadline);
        bytes32[] memory hashes = new bytes32[](batch.details.length);
        for (uint256 i = 0; i < hashes.length; i++) hashes[i] = hash(batch.details[i]);
        bytes32 details = keccak256(abi.encodePacked(hashes));
        verify(owner, keccak256(abi.encode(PERMIT_BATCH_TYPEHASH, details, batch.spender, batch.sigDeadline)), signature);
        for (uint256 i = 0; i < hashes.length; i++) update(batch.details[i], owner, batch.spender);
    }

    function transferFrom(address from, address to, uint160 amount, address token) external {
        move(from, to, amount, token);
    }

    function transferFrom(AllowanceTransferDetails[] calldata details) external {
        for (uint256 i = 0; i < details.length; i++) {
            move(details[i].from, details[i].to, details[i].amount, details[i].token);
        }
    }

    function lockdown(TokenSpenderPair[] calldata approvals) external {
        for (uint256 i = 0; i < approvals.length; i++) {
            allowance[msg.sender][approvals[i].token][approvals[i].spender].amount = 0;
            emit Lockdown(msg.sender, approvals[i].token, approvals[i].spender);
        }
    }

    function permitTransferFrom(
        PermitTransferFrom memory order,
        SignatureTransferDetails calldata details,
        address owner,
        bytes calldata signature
    ) external {
        if (block.timestamp > order.deadline) revert SignatureExpired(order.deadline);
        if (details.requestedAmount > order.permitted.amount) revert InvalidAmount(order.permitted.amount);
        uint256 bit = 1 << uint8(order.nonce);
        if (nonceBitmap[owner][order.nonce >> 8] & bit != 0) revert InvalidNonce();
        nonceBitmap[owner][order.nonce >> 8] |= bit;
        bytes32 permitted = keccak256(abi.encode(TOKEN_PERMISSIONS_TYPEHASH, order.permitted));
        verify(
            owner,
            keccak256(abi.encode(PERMIT_TRANSFER_FROM_TYPEHASH, permitted, msg.sender, order.nonce, order.deadline)),
            signature
        );
        IERC20(order.permitted.token).safeTransferFrom(owner, details.to, details.requestedAmount);
    }

    function invalidateUnorderedNonces(uint256 word, uint256 mask) external {
        nonceBitmap[msg.sender][word] |= mask;
        emit UnorderedNonceInvalidation(msg.sender, word, mask);
    }

    function hash(PermitDetails memory details) private pure returns (bytes32) {
        return keccak256(abi.encode(PERMIT_DETAILS_TYPEHASH, details));
    }

    function verify(address owner, bytes32 said, bytes calldata signature) private view {
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", DOMAIN_SEPARATOR(), said));
        (bytes32 r, bytes32 s, uint8 v) =
            (bytes32(signature[:32]), bytes32(signature[32:64]), uint8(signature[64]));
        address signer = ecrecover(digest, v, r, s);
        if (signer == address(0) || signer != owner) revert InvalidSigner();
    }

    function update(PermitDetails memory details, address owner, address spender) private {
        PackedAllowance storage allowed = allowance[owner][details.token][spender];
        if (allowed.nonce != details.nonce) revert InvalidNonce();
        allowed.nonce = details.nonce + 1;
        allowed.expiration = details.expiration == 0 ? uint48(block.timestamp) : details.expiration;
        allowed.amount = details.amount;
        emit Permit(owner, details.token, spender, details.amount, details.expiration, details.nonce);
    }

    function move(address from, address to, uint160 amount, address token) private {
        PackedAllowance storage allowed = allowance[from][token][msg.sender];
        if (block.timestamp > allowed.expiration) revert AllowanceExpired(allowed.expiration);
        uint256 most = allowed.amount;
        if (most != type(uint160).max) {
            if (amount > most) revert InsufficientAllowance(most);
            allowed.amount = uint160(most) - amount;
        }
        IERC20(token).safeTransferFrom(from, to, amount);
    }
}
