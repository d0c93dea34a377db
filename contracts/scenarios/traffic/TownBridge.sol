// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// What stands here for something that is locked on another chain.
contract TownBridged is ERC20 {
    address public immutable bridge = msg.sender;

    constructor() ERC20("Foreign coin", "FRN") {}

    function mint(address to, uint256 amount) external {
        require(msg.sender == bridge, "not the bridge");
        _mint(to, amount);
    }

    function burn(address from, uint256 amount) external {
        require(msg.sender == bridge, "not the bridge");
        _burn(from, amount);
    }
}

/// Locks what leaves and releases what comes home; mints what is a guest and burns it when it leaves. Each message of the
/// other side is signed by validators, and good for one time.
contract TownBridge is AccessControl {
    using SafeERC20 for IERC20;

    bytes32 public constant GUARDIAN = keccak256("GUARDIAN");
    TownBridged public immutable guest = new TownBridged();
    mapping(address => bool) public validators;
    uint256 public threshold;
    uint256 public sent;
    mapping(bytes32 => bool) public processed;

    event Locked(uint256 indexed id, address indexed token, address from, address to, uint256 amount);
    event Released(bytes32 indexed message, address indexed token, address to, uint256 amount);
    event Minted(bytes32 indexed message, address to, uint256 amount);
    event Burned(uint256 indexed id, address from, address to, uint256 amount);
    event ValidatorSet(address indexed validator, bool is_);

    constructor(address[] memory validators_, uint256 threshold_) {
        for (uint256 i = 0; i < validators_.length; i++) validators[validators_[i]] = true;
        threshold = threshold_;
        _grantRole(DEFAULT_ADMIN_ROLE, msg.sender);
    }

    function setValidator(address validator, bool is_) external onlyRole(DEFAULT_ADMIN_ROLE) {
        validators[validator] = is_;
        emit ValidatorSet(validator, is_);
    }

    function lock(IERC20 token, uint256 amount, address to) external {
        token.safeTransferFrom(msg.sender, address(this), amount);
        emit Locked(++sent, address(token), msg.sender, to, amount);
    }

    function release(IERC20 token, address to, uint256 amount, bytes32 id, bytes[] calldata signatures) external {
        bytes32 message = check(keccak256(abi.encode("release", address(this), token, to, amount, id)), signatures);
        token.safeTransfer(to, amount);
        emit Released(message, address(token), to, amount);
    }

    function mint(address to, uint256 amount, bytes32 id, bytes[] calldata signatures) external {
        bytes32 message = check(keccak256(abi.encode("mint", address(this), guest, to, amount, id)), signatures);
        guest.mint(to, amount);
        emit Minted(message, to, amount);
    }

    function burn(uint256 amount, address to) external {
        guest.burn(msg.sender, amount);
        emit Burned(++sent, msg.sender, to, amount);
    }

    function check(bytes32 message, bytes[] calldata signatures) private returns (bytes32) {
        require(!processed[message] && signatures.length >= threshold, "processed, or too few");
        processed[message] = true;
        address last;
        for (uint256 i = 0; i < signatures.length; i++) {
            address signer = ECDSA.recover(message, signatures[i]);
            require(signer > last && validators[signer], "not a validator");
            last = signer;
        }
        return message;
    }
}
