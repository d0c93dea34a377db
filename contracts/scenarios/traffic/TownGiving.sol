// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

/// Gives to whoever is in a tree, once.
contract TownAirdrop is Ownable {
    using SafeERC20 for IERC20;

    IERC20 public immutable token;
    bytes32 public immutable merkleRoot;
    mapping(uint256 => uint256) private claimed;

    event Claimed(uint256 index, address account, uint256 amount);

    constructor(IERC20 token_, bytes32 root) Ownable(msg.sender) {
        (token, merkleRoot) = (token_, root);
    }

    function claim(uint256 index, address account, uint256 amount, bytes32[] calldata proof) external {
        uint256 bit = 1 << (index & 255);
        require(claimed[index >> 8] & bit == 0, "MerkleDistributor: Drop already claimed.");
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(index, account, amount))));
        require(MerkleProof.verifyCalldata(proof, merkleRoot, leaf), "MerkleDistributor: Invalid proof.");
        claimed[index >> 8] |= bit;
        token.safeTransfer(account, amount);
        emit Claimed(index, account, amount);
    }

    /// What nobody claimed goes back.
    function close() external onlyOwner {
        token.safeTransfer(owner(), token.balanceOf(address(this)));
    }
}

/// Pays many at once.
contract TownDisperser {
    function disperseEther(address payable[] calldata to, uint256[] calldata values) external payable {
        for (uint256 i = 0; i < to.length; i++) {
            (bool ok,) = to[i].call{value: values[i]}("");
            require(ok, "not paid");
        }
        if (address(this).balance > 0) {
            (bool ok,) = msg.sender.call{value: address(this).balance}("");
            require(ok, "not paid back");
        }
    }

    function disperseToken(IERC20 token, address[] calldata to, uint256[] calldata values) external {
        uint256 total;
        for (uint256 i = 0; i < values.length; i++) total += values[i];
        SafeERC20.safeTransferFrom(token, msg.sender, address(this), total);
        for (uint256 i = 0; i < to.length; i++) SafeERC20.safeTransfer(token, to[i], values[i]);
    }
}

/// An address of an exchange for one customer: whatever comes in is the exchange's.
contract TownForwarder {
    address payable public immutable parent;

    event ForwarderDeposited(address from, uint256 value, bytes data);

    constructor(address payable parent_) {
        parent = parent_;
    }

    receive() external payable {
        (bool ok,) = parent.call{value: msg.value}("");
        require(ok, "not forwarded");
        emit ForwarderDeposited(msg.sender, msg.value, "");
    }

    function flushTokens(IERC20 token) external {
        require(msg.sender == parent, "not the parent");
        SafeERC20.safeTransfer(token, parent, token.balanceOf(address(this)));
    }
}

/// A merchant draws what its customers have agreed to, once a period.
contract TownSubscriptions is Ownable {
    using SafeERC20 for IERC20;

    struct Agreement {
        uint256 amount;
        uint256 period;
        uint256 paidAt;
    }

    IERC20 public immutable token;
    mapping(address => Agreement) public agreements;

    event Subscribed(address indexed customer, uint256 amount, uint256 period);
    event Cancelled(address indexed customer);
    event Charged(address indexed customer, uint256 amount);

    constructor(IERC20 token_) Ownable(msg.sender) {
        token = token_;
    }

    function subscribe(uint256 amount, uint256 period) external {
        agreements[msg.sender] = Agreement(amount, period, 0);
        emit Subscribed(msg.sender, amount, period);
    }

    function cancel() external {
        delete agreements[msg.sender];
        emit Cancelled(msg.sender);
    }

    function charge(address[] calldata customers) external onlyOwner {
        for (uint256 i = 0; i < customers.length; i++) {
            Agreement storage said = agreements[customers[i]];
            require(said.amount > 0 && block.timestamp >= said.paidAt + said.period, "not due");
            said.paidAt = block.timestamp;
            token.safeTransferFrom(customers[i], owner(), said.amount);
            emit Charged(customers[i], said.amount);
        }
    }
}

/// An old token for a new one, one to one.
contract TownConverter {
    using SafeERC20 for IERC20;

    IERC20 public immutable old;
    IERC20 public immutable next;

    event Converted(address indexed who, uint256 amount);

    constructor(IERC20 old_, IERC20 next_) {
        (old, next) = (old_, next_);
    }

    function convert(uint256 amount) external {
        old.safeTransferFrom(msg.sender, address(0xdead), amount);
        next.safeTransfer(msg.sender, amount);
        emit Converted(msg.sender, amount);
    }
}
